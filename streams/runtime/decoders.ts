/** How the topics of a view are read: the columns that it names and no others; and the trace context of rows, where somebody follows it. */
import { carriesTrace, projection, traceColumn } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import type { Decoder, Decoders } from './decode.ts'
import type { Change, View } from './view.ts'

/** Throws where the view names a topic or column that no contract has. */
export function decodersOf(codec: Codec, view: Pick<View, 'from'>, { traced }: { readonly traced: boolean }): Decoders {
  return new Map(Object.entries(view.from).map(([topic, columns]): [string, Decoder] => {
    const reader = codec.reader(projection(topic, traced && carriesTrace(topic) ? [...columns, traceColumn] : columns))
    return [topic, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) as Change }]
  }))
}
