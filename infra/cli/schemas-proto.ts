/**
 * Whether the contracts of gRPC keep buf's lint and can follow their history. A frozen version is all files of `schemas/proto` as they were,
 * in `schemas/proto-history/<n>`: they name one another. Each was held to the one before it, so holding to the newest suffices.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One broken rule: buf's own name of it, or one of the history. `version` is the frozen version concerned; 0 for none. */
export interface ProtoBreak {
  readonly subject: 'protobuf'
  readonly version: number
  /** `<file>:<line>`. */
  readonly path: string
  readonly rule: string
  readonly message: string
}
/** Folders of the contracts and of their history; others in tests. */
export interface ProtoFolders {
  readonly current: string
  readonly history: string
}
export interface ProtoCheck {
  readonly files: number
  readonly versions: number
  readonly breaks: readonly ProtoBreak[]
}

const schemas = fileURLToPath(new URL('.', import.meta.resolve('@cdlc/schemas/package.json')))
const committed: ProtoFolders = { current: `${schemas}proto`, history: `${schemas}proto-history` }
/** Looked for when it is needed: it is there where people develop, not where the platform runs. */
const buf = (): string => fileURLToPath(new URL('bin/buf', import.meta.resolve('@bufbuild/buf/package.json')))
const longest_ms = 60_000
/** By which buf says that it found something. */
const foundSomething = 100

const protosIn = (folder: string): readonly string[] => globSync('**/*.proto', { cwd: folder }).sort()
const versionsIn = (folder: string): readonly number[] =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => Number(name)).sort((a, b) => a - b) : []

interface Ran { readonly code: number; readonly stdout: Buffer }
function run(cwd: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [buf(), ...args], { cwd, timeout: longest_ms, encoding: 'buffer', maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (code === 0 || code === foundSomething) resolve({ code, stdout })
      else reject(new Error(`running buf ${args.join(' ')}: ${stderr.toString().trim()}`, { cause: error }))
    })
  })
}
/** What buf found, as breaks. */
async function found(version: number, folder: string, args: readonly string[]): Promise<readonly ProtoBreak[]> {
  const { stdout } = await run(folder, [...args, '--error-format', 'json'])
  return stdout.toString().split('\n').filter((line) => line !== '').map((line) => {
    const { path = '', start_line = 0, type, message } = JSON.parse(line) as { path?: string; start_line?: number; type: string; message: string }
    return { subject: 'protobuf', version, path: `${path}:${start_line}`, rule: type, message }
  })
}
/** The contracts without comments and places: equal where they mean the same. */
const imageOf = async (folder: string): Promise<Buffer> => (await run(folder, ['build', '--as-file-descriptor-set', '--exclude-source-info', '-o', '-#format=binpb'])).stdout

const sumOf = (folder: string): string => {
  const hash = createHash('sha256')
  for (const file of protosIn(folder)) hash.update(`${file}\0`).update(readFileSync(`${folder}/${file}`)).update('\0')
  return hash.digest('hex')
}
const sumsIn = (folder: string): Readonly<Record<string, string>> =>
  existsSync(`${folder}/checksums.json`) ? (JSON.parse(readFileSync(`${folder}/checksums.json`, 'utf8')) as Readonly<Record<string, string>>) : {}
function tampering(folder: string): readonly ProtoBreak[] {
  const sums = sumsIn(folder)
  const versions = new Set([...versionsIn(folder), ...Object.keys(sums).map(Number)])
  return [...versions].filter((version) => sums[version] !== sumOf(`${folder}/${version}`)).map((version) => ({
    subject: 'protobuf', version, path: `proto-history/${version}`, rule: 'frozen-edited',
    message: `proto-history/${version} is not what was frozen: versions are added by 'cdlc schemas freeze' only, and never edited`,
  }))
}

/** Everything that is wrong with the contracts and their history. */
export async function checkProto({ current, history }: ProtoFolders = committed): Promise<ProtoCheck> {
  const versions = versionsIn(history)
  const newest = versions.at(-1)
  const told = (breaks: readonly ProtoBreak[]): ProtoCheck => ({ files: protosIn(current).length, versions: versions.length, breaks })
  const style = [...tampering(history), ...(await found(0, current, ['lint']))]
  const frozen = newest === undefined ? undefined : `${history}/${newest}`
  // where it does not compile there is nothing to hold against anything
  if (style.some(({ rule }) => rule === 'COMPILE')) return told(style)
  const breaks = [...style, ...(frozen === undefined ? [] : await found(newest ?? 0, current, ['breaking', '--against', frozen]))]
  if (breaks.length > 0) return told(breaks)
  const isFrozen = frozen !== undefined && (await imageOf(current)).equals(await imageOf(frozen))
  return told(isFrozen ? [] : [{
    subject: 'protobuf', version: newest ?? 0, path: 'proto', rule: 'not-frozen', message: "it is allowed to follow its history, but not frozen; run 'npx cdlc schemas freeze'",
  }])
}

/** Writes the contracts as the next version, and answers its number. */
export function freezeProto({ current, history }: ProtoFolders = committed): number {
  const version = (versionsIn(history).at(-1) ?? 0) + 1
  for (const file of protosIn(current)) cpSync(`${current}/${file}`, `${history}/${version}/${file}`)
  writeFileSync(`${history}/checksums.json`, `${JSON.stringify({ ...sumsIn(history), [version]: sumOf(`${history}/${version}`) }, undefined, 2)}\n`)
  return version
}
