/** What a view's own query functions may ask of its store. Drivers stay behind these. */
import type { KeyOf, RowOf, RowSpecs } from './view.ts'

export interface RedisReader<R extends RowSpecs> {
  get<N extends keyof R & string>(row: N, key: KeyOf<R[N]>): Promise<RowOf<R[N]> | undefined>
  /** In the order of the keys; one round trip. */
  getMany<N extends keyof R & string>(row: N, keys: readonly KeyOf<R[N]>[]): Promise<readonly (RowOf<R[N]> | undefined)[]>
  /** The stored JSON itself, for answers that need no look inside. */
  getRaw<N extends keyof R & string>(row: N, key: KeyOf<R[N]>): Promise<string | undefined>
  /** Encoded keys with their scores, highest first, from `offset`; merged over partitions. `column` is one of the row's `order`. */
  top<N extends keyof R & string>(row: N, column: string, page: { readonly offset: number; readonly limit: number }): Promise<readonly { readonly id: string; readonly score: number }[]>
}

export interface ScyllaReader {
  /** Name of a row kind's table. */
  table(row: string): string
  /** Prepared; integers and timestamps come back as numbers. */
  run<T>(cql: string, params: readonly unknown[], options?: { readonly limit?: number }): Promise<readonly T[]>
}

export interface Neo4jReader {
  /** Label of a node row's nodes. */
  label(row: string): string
  /** Type of an edge row's relationships. */
  type(row: string): string
  /** Name of a row's full-text index. */
  search(row: string): string
  /** In a read transaction; integers come back as numbers. */
  run<T>(cypher: string, params: Readonly<Record<string, unknown>>): Promise<readonly T[]>
}

export interface ClickHouseReader {
  /** Current rows of a row kind, as a table expression: `FROM ${reader.table('ratings')}`. */
  table(row: string): string
  /** With typed parameters `{name:Type}`; 64-bit integers come back as numbers. */
  run<T>(sql: string, params: Readonly<Record<string, unknown>>): Promise<readonly T[]>
}
