import type { KafkaMessage } from 'kafkajs'
import type { RawRecord } from './kafka.ts'

/** A record as kafkajs holds it; what few callers ask for is made when it is asked for. */
export class Fetched implements RawRecord {
  readonly offset: number
  readonly value: Buffer | null
  readonly #message: KafkaMessage
  constructor(message: KafkaMessage) {
    this.offset = Number(message.offset)
    this.value = message.value
    this.#message = message
  }
  get key(): string | null { return this.#message.key?.toString('utf8') ?? null }
  get timestamp(): number { return Number(this.#message.timestamp) }
  get headers(): Readonly<Record<string, Buffer>> {
    return Object.fromEntries(Object.entries(this.#message.headers ?? {}).flatMap(([name, value]) => {
      const one = Array.isArray(value) ? value.at(-1) : value
      return one === undefined ? [] : [[name, Buffer.from(one)]]
    }))
  }
}
