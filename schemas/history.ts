/** Frozen versions: `history/<subject>/<n>.avsc`, never edited, with the checksum of each in `history/checksums.json`. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readSchema, type AvroRecord } from './avro.ts'
import { formatJson } from './format.ts'

export interface FrozenVersion {
  readonly subject: string
  readonly version: number
  readonly schema: AvroRecord
}

/** The committed history, or another one in tests. */
export const historyFolder = `${import.meta.dirname}/history`

/** Subjects that have frozen versions, sorted. */
export const frozenSubjects = (folder = historyFolder): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : []

/** Versions of a subject, oldest first; none where it was never frozen. */
export function frozenVersions(subject: string, folder = historyFolder): readonly FrozenVersion[] {
  if (!existsSync(`${folder}/${subject}`)) return []
  return readdirSync(`${folder}/${subject}`)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => Number.parseInt(file, 10))
    .sort((a, b) => a - b)
    .map((version) => ({ subject, version, schema: readSchema(pathOf(folder, subject, version)) }))
}

/** Writes a schema as the next version of a subject and answers its number. */
export function freeze(subject: string, schema: AvroRecord, folder = historyFolder): number {
  const version = (frozenVersions(subject, folder).at(-1)?.version ?? 0) + 1
  const text = formatJson(schema)
  mkdirSync(`${folder}/${subject}`, { recursive: true })
  writeFileSync(pathOf(folder, subject, version), text, { flag: 'wx' })
  const sums = Object.entries({ ...checksums(folder), [`${subject}/${version}.avsc`]: sha256(text) }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(`${folder}/checksums.json`, `${JSON.stringify(Object.fromEntries(sums), undefined, 2)}\n`)
  return version
}

export interface Tampering {
  readonly subject: string
  readonly version: number
  readonly rule: 'frozen-edited' | 'frozen-missing' | 'frozen-unlisted'
  readonly message: string
}

/** Where the frozen files and their checksums disagree. */
export function tampering(folder = historyFolder): readonly Tampering[] {
  const sums = checksums(folder)
  const files = frozenSubjects(folder).flatMap((subject) => readdirSync(`${folder}/${subject}`).map((file) => `${subject}/${file}`))
  const found: Tampering[] = []
  for (const file of new Set([...files, ...Object.keys(sums)])) {
    const [subject = '', name = ''] = file.split('/')
    const at = { subject, version: Number.parseInt(name, 10) }
    if (!files.includes(file)) {
      found.push({
        ...at,
        rule: 'frozen-missing',
        message: `history/${file} is gone: records written with it are still in the topic; restore it`,
      })
    } else if (sums[file] === undefined) {
      found.push({
        ...at,
        rule: 'frozen-unlisted',
        message: `history/${file} has no checksum: versions are added by 'cdlc schemas freeze' only`,
      })
    } else if (sums[file] !== sha256(readFileSync(`${folder}/${file}`, 'utf8'))) {
      found.push({
        ...at,
        rule: 'frozen-edited',
        message: `history/${file} was edited: records were written with it as it was; restore it, and change the schema under avro/`,
      })
    }
  }
  return found
}

/** Whether two schemas are the same down to their attributes, in whatever order an object's keys are. */
export const sameSchema = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

const pathOf = (folder: string, subject: string, version: number): string => `${folder}/${subject}/${version}.avsc`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function checksums(folder: string): Readonly<Record<string, string>> {
  const path = `${folder}/checksums.json`
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>) : {}
}
