/** What is wrong with a value of a topic: its Avro record first, then what Avro cannot say of a change envelope. */
import { schemaOf } from './avro.ts'
import { problemsOf } from './codec.ts'
import { avroType } from './long.ts'
import { topicSpec, type TopicSpec } from './topics.ts'

/** Which of `before` and `after` an envelope has, by its op. */
const sides: Readonly<Record<string, { readonly before: boolean; readonly after: boolean }>> = {
  c: { before: false, after: true },
  r: { before: false, after: true },
  u: { before: true, after: true },
  d: { before: true, after: false },
}

/** Problems of a decoded value, each with the field's path; none for a value that keeps the topic's contract. */
export function contractProblems(topic: string, value: unknown): readonly string[] {
  const problems = problemsOf(avroType(schemaOf(topic)), value)
  const spec = topicSpec(topic)
  return problems.length > 0 || (spec.kind !== 'cdc' && spec.kind !== 'derived') ? problems : envelopeProblems(spec, value as Envelope)
}

interface Envelope {
  readonly op: string
  readonly before: unknown
  readonly after: unknown
  /** Only what Debezium writes has one. */
  readonly source?: { readonly db: string; readonly table: string | null }
}

function envelopeProblems(spec: TopicSpec, { op, before, after, source }: Envelope): readonly string[] {
  const expected = sides[op]
  if (expected === undefined) return [`'op' is "${op}", not one of c, u, d, r`]
  return [
    ...sideProblem('before', before, expected.before, op),
    ...sideProblem('after', after, expected.after, op),
    ...(source === undefined || (source.db === spec.database && source.table === spec.table)
      ? []
      : [`'source' names ${source.db}.${source.table}, not ${spec.database}.${spec.table}`]),
  ]
}

const sideProblem = (side: string, row: unknown, wanted: boolean, op: string): readonly string[] =>
  (row !== null) === wanted ? [] : [`'${side}' is ${wanted ? 'null' : 'a row'}, which op '${op}' never has`]
