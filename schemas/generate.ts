/** Writes the TypeScript types of every contract: of topics to `generated/topics.ts`, of gRPC to `generated/proto`, of GraphQL to `generated/graphql.ts`. Run as `node schemas/generate.ts`. */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isComplex, rowSchema, schemaOf, traceColumn, type AvroField, type AvroType } from './avro.ts'
import { generateGraphql } from './graphql/types.ts'
import { contracts } from './topics.ts'

/** What a decoded value of an Avro type is in TypeScript. Longs are numbers: no column of ours leaves the safe range. */
export function typeScriptOf(type: AvroType): string {
  if (typeof type === 'string') return primitive(type)
  if (!isComplex(type)) {
    const branches = type.map(typeScriptOf)
    return [...branches.filter((branch) => branch !== 'null'), ...branches.filter((branch) => branch === 'null')].join(' | ')
  }
  if (type.type === 'record') return `{ ${(type.fields ?? []).map(member).join('; ')} }`
  if (type.type === 'enum') return (type.symbols ?? []).map((symbol) => `'${symbol}'`).join(' | ')
  if (type.type === 'array' && type.items !== undefined) return `readonly (${typeScriptOf(type.items)})[]`
  if (type.type === 'map' && type.values !== undefined) return `Readonly<Record<string, ${typeScriptOf(type.values)}>>`
  if (type.type === 'fixed') return 'Uint8Array'
  return typeScriptOf(type.type)
}

function primitive(type: string): string {
  switch (type) {
    case 'null':
    case 'boolean':
    case 'string':
      return type
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 'number'
    case 'bytes':
      return 'Uint8Array'
    default:
      throw new Error(`generating types: Avro type '${type}' is named before it is defined or not supported; spell it out in place`)
  }
}

const member = (field: AvroField): string => `readonly ${field.name}: ${typeScriptOf(field.type)}`

const block = (topic: string, fields: readonly AvroField[]): string =>
  `  '${topic}': {\n${fields.map((field) => `    ${member(field)}\n`).join('')}  }\n`

/** The generated module's text. */
export function generate(): string {
  const of = (kind: string): readonly string[] => contracts.filter((spec) => spec.kind === kind).map((spec) => spec.name)
  return [
    '/** Generated from schemas/avro by schemas/generate.ts; change those and run it again. */\n\n',
    "/** Rows of each topic of changes, its `before` and `after`, without the trace context they may carry. */\nexport interface CdcRows {\n",
    ...[...of('cdc'), ...of('derived')].map((topic) => block(topic, rowSchema(topic).fields.filter(({ name }) => name !== traceColumn))),
    '}\n\n/** Values of each domain event topic. */\nexport interface Events {\n',
    ...of('event').map((topic) => block(topic, schemaOf(topic).fields)),
    '}\n',
  ].join('')
}

/** One file a message, as @grpc/proto-loader reads them; options are those of services/shared/grpc-contract.ts. */
function generateProto(): void {
  const [from, to] = [`${import.meta.dirname}/proto`, `${import.meta.dirname}/generated/proto`]
  rmSync(to, { recursive: true, force: true })
  const generator = fileURLToPath(new URL('../bin/proto-loader-gen-types.js', import.meta.resolve('@grpc/proto-loader')))
  const options = ['--keepCase', '--longs=Number', '--enums=String', '--defaults', '--oneofs', '--grpcLib=@grpc/grpc-js', '--importFileExtension=.ts']
  execFileSync(process.execPath, [generator, ...options, `--outDir=${to}`, `--includeDirs=${from}`, '--', ...globSync('**/*.proto', { cwd: from }).sort()], { stdio: 'pipe' })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(`${import.meta.dirname}/generated`, { recursive: true })
  writeFileSync(`${import.meta.dirname}/generated/topics.ts`, generate())
  generateProto()
  writeFileSync(`${import.meta.dirname}/generated/graphql.ts`, await generateGraphql())
}
