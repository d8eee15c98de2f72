/** What a contestant of `bench processors` is asked to do; it answers as one of `bench runtime` does. */
export interface Task {
  /** The processor that it is, or is measured against. */
  readonly processor: string
  /** New for each run: it names the output topic, the changelog and the consumer group. */
  readonly name: string
  /** Where each topic of the catalogue is, and the offset after the last record of each partition. */
  readonly topics: Readonly<Record<string, { readonly name: string; readonly ends: readonly number[] }>>
}

export const recordsOf = ({ topics }: Task): number => Object.values(topics).flatMap(({ ends }) => ends).reduce((sum, end) => sum + end, 0)
