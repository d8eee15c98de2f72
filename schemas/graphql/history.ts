/**
 * Whether the contract of GraphQL can follow its history. A frozen version is schema.graphql as it was, in `graphql-history/<n>.graphql`. Each was held to the one
 * before it, so holding to the newest suffices.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { buildSchema, findBreakingChanges, findDangerousChanges, lexicographicSortSchema, printSchema, validateSchema, type GraphQLSchema } from 'graphql'

/** One broken rule: GraphQL's own name of it, or one of the history. `version` is the frozen version concerned; 0 for none. */
export interface GraphqlBreak {
  readonly subject: 'graphql'
  readonly version: number
  readonly path: string
  readonly rule: string
  readonly message: string
}
/** The contract's file and the folder of its history; others in tests. */
export interface GraphqlPaths {
  readonly current: string
  readonly history: string
}
export interface GraphqlCheck {
  readonly versions: number
  readonly breaks: readonly GraphqlBreak[]
}

const committed: GraphqlPaths = { current: `${import.meta.dirname}/schema.graphql`, history: `${import.meta.dirname}/../graphql-history` }

const versionsIn = (folder: string): readonly number[] =>
  existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.graphql')).map((file) => Number.parseInt(file, 10)).sort((a, b) => a - b) : []
const sumOf = (path: string): string | undefined => (existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : undefined)
const sumsIn = (folder: string): Readonly<Record<string, string>> =>
  existsSync(`${folder}/checksums.json`) ? (JSON.parse(readFileSync(`${folder}/checksums.json`, 'utf8')) as Readonly<Record<string, string>>) : {}

function tampering(folder: string): readonly GraphqlBreak[] {
  const sums = sumsIn(folder)
  const versions = new Set([...versionsIn(folder), ...Object.keys(sums).map(Number)])
  return [...versions].filter((version) => sums[version] === undefined || sums[version] !== sumOf(`${folder}/${version}.graphql`)).map((version) => ({
    subject: 'graphql', version, path: `graphql-history/${version}.graphql`, rule: 'frozen-edited',
    message: `graphql-history/${version}.graphql is not what was frozen: versions are added by 'cdlc schemas freeze' only, and never edited`,
  }))
}

/** Equal where clients see the same: the order of definitions means nothing, and words are part of the contract. */
const told = (schema: GraphQLSchema): string => printSchema(lexicographicSortSchema(schema))

/** A client that knows all values of an enum may stumble over another: ours are told to expect more. All other dangerous changes change what a query means. */
const mayHappen: ReadonlySet<string> = new Set(['VALUE_ADDED_TO_ENUM', 'OPTIONAL_ARG_ADDED', 'OPTIONAL_INPUT_FIELD_ADDED', 'IMPLEMENTED_INTERFACE_ADDED', 'TYPE_ADDED_TO_UNION'])

function read(path: string): GraphQLSchema | GraphqlBreak {
  const wrong = (message: string): GraphqlBreak => ({ subject: 'graphql', version: 0, path: 'graphql/schema.graphql', rule: 'COMPILE', message })
  try {
    const schema = buildSchema(readFileSync(path, 'utf8'))
    const [error] = validateSchema(schema)
    return error === undefined ? schema : wrong(error.message)
  } catch (error) {
    return wrong((error as Error).message)
  }
}

/** Everything that is wrong with the contract and its history. */
export function checkGraphql({ current, history }: GraphqlPaths = committed): GraphqlCheck {
  const versions = versionsIn(history)
  const newest = versions.at(-1)
  const answer = (breaks: readonly GraphqlBreak[]): GraphqlCheck => ({ versions: versions.length, breaks })
  const schema = read(current)
  if ('rule' in schema) return answer([...tampering(history), schema])
  const frozen = newest === undefined ? undefined : buildSchema(readFileSync(`${history}/${newest}.graphql`, 'utf8'))
  const changes = frozen === undefined ? [] : [...findBreakingChanges(frozen, schema), ...findDangerousChanges(frozen, schema).filter(({ type }) => !mayHappen.has(type))]
  const breaks: readonly GraphqlBreak[] = [
    ...tampering(history),
    ...changes.map(({ type, description }): GraphqlBreak => ({ subject: 'graphql', version: newest ?? 0, path: 'graphql/schema.graphql', rule: type, message: description })),
  ]
  if (breaks.length > 0 || (frozen !== undefined && told(frozen) === told(schema))) return answer(breaks)
  return answer([{
    subject: 'graphql', version: newest ?? 0, path: 'graphql/schema.graphql', rule: 'not-frozen', message: "it is allowed to follow its history, but not frozen; run 'npx cdlc schemas freeze'",
  }])
}

/** Writes the contract as the next version, and answers its number. */
export function freezeGraphql({ current, history }: GraphqlPaths = committed): number {
  const version = (versionsIn(history).at(-1) ?? 0) + 1
  const text = readFileSync(current, 'utf8')
  mkdirSync(history, { recursive: true })
  writeFileSync(`${history}/${version}.graphql`, text, { flag: 'wx' })
  writeFileSync(`${history}/checksums.json`, `${JSON.stringify({ ...sumsIn(history), [version]: createHash('sha256').update(text).digest('hex') }, undefined, 2)}\n`)
  return version
}
