/**
 * How the topics of a view are read: the columns that it names and no others; and the trace context of rows, where somebody follows it. An
 * event is read as a row that was created: it has no `before`, and nothing takes it back but another event.
 */
import { carriesTrace, eventProjection, projection, traceColumn } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { Decoder, Decoders } from './decode.ts'
import type { Change, View } from './view.ts'

/** Throws where the view names a topic or column that no contract has. */
export function decodersOf(codec: Codec, view: Pick<View, 'from'>, { traced }: { readonly traced: boolean }): Decoders {
  return new Map(Object.entries(view.from).map(([topic, columns]): [string, Decoder] => {
    if (topicSpec(topic).kind === 'event') {
      const events = codec.reader<Readonly<Record<string, unknown>>>(eventProjection(topic, columns))
      return [topic, { prepare: (values) => events.prepare(values), decode: (value) => ({ topic, op: 'c', before: null, after: events.decode(value) }) }]
    }
    const reader = codec.reader(projection(topic, traced && carriesTrace(topic) ? [...columns, traceColumn] : columns))
    return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
  }))
}
