/** Everything the platform holds of a person, as a zip; made by a job, piece by piece, so that its size costs no memory. */
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { instantOf } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import type { Keyed } from '../shared/personal-data.ts'
import { readKeyed } from './account-store.ts'
import { removeParts, writePart } from './export-store.ts'
import { addFiles } from './export-files.ts'
import { exportReadme } from './export-readme.ts'
import { readImports, readRows } from './import-store.ts'
import type { Handler } from './jobs.ts'
import type { CustomerPorts, Place } from './ports.ts'
import { pinHash } from './pin-store.ts'
import { readPreferences } from './preferences-store.ts'
import { readProfiles } from './profile-store.ts'
import { readRatings } from './rating-store.ts'
import { readViewings } from './viewing-store.ts'
import { viewingAnswer } from './viewing-answer.ts'

/** How long an export may be fetched. */
const kept_ms = 7 * 86_400_000
const part_bytes = 262_144
/** A zip that is larger is not kept. A hundred thousand ratings come to a fifth of it. */
const most_bytes = 67_108_864
const page = 1_000

type Means = Pick<CustomerPorts, 'database' | 'vault' | 'credentials' | 'social' | 'views' | 'clock'>
const instant = (at: number): string => new Date(at).toISOString()
const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

interface Rated {
  readonly title_id: string
  readonly half_stars: number
  readonly rated_at: number
  readonly version: number
}
const told = (profile_id: string, { title_id, half_stars, rated_at, version }: Rated) => ({
  profile_id,
  title_id,
  stars: half_stars / 2,
  rated_at: instant(rated_at),
  version,
})

/** All ratings of these profiles as MySQL has them, in the order of their titles. */
async function* ratings(database: Database, profile_ids: readonly string[]): AsyncGenerator<ReturnType<typeof told>> {
  for (const profile_id of profile_ids) {
    for (let after = ''; ; ) {
      const found = await database.readCopy((sql) => readRatings(sql, profile_id, page, after))
      for (const rating of found) yield told(profile_id, rating)
      if (found.length < page) break
      after = found.at(-1)?.title_id ?? ''
    }
  }
}
/** All viewings of these profiles, in the order in which they were told. */
async function* viewings({ database, vault }: Means, key: Keyed, profile_ids: readonly string[]): AsyncGenerator<object> {
  for (const profile_id of profile_ids) {
    for (let after = ''; ; ) {
      const found = await database.readCopy((sql) => readViewings(sql, vault, key, profile_id, page, after))
      for (const viewing of found) yield viewingAnswer(viewing)
      if (found.length < page) break
      after = found.at(-1)?.viewing_id ?? ''
    }
  }
}
/** What they have brought along, row by row as it came, and what became of it. */
async function* imports({ database, vault }: Means, key: Keyed, profile_ids: readonly string[]): AsyncGenerator<object> {
  for (const profile_id of profile_ids) {
    for (const { import_id, source, created_at } of await database.readCopy((sql) => readImports(sql, profile_id))) {
      for (let after = -1; ; ) {
        const found = await database.readCopy((sql) => readRows(sql, vault, key, import_id, { after, limit: page }))
        for (const { row_number, state, title_id, message, row } of found)
          yield { import_id, profile_id, source, imported_at: created_at.toISOString(), row_number, state, title_id, message, file: row?.file, line: row?.line, columns: row?.columns }
        if (found.length < page) break
        after = found.at(-1)?.row_number ?? after
      }
    }
  }
}
/** Their diaries as the view has them, newest first. */
async function* diaries(views: Means['views'], profile_ids: readonly string[]): AsyncGenerator<ReturnType<typeof told>> {
  for (const profile_id of profile_ids) {
    for (let after: Place | undefined; ; ) {
      const found = await views.diary(profile_id, page, after)
      for (const entry of found) yield told(profile_id, entry)
      if (found.length < page) break
      after = found.at(-1)
    }
  }
}

/** Rows, which may be JSON already, as a JSON array, a row a line. */
async function* asJson(rows: AsyncIterable<object | string>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const row of rows) {
    yield before + (typeof row === 'string' ? row : JSON.stringify(row))
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}
/** Rows as CSV (RFC 4180). No value holds a comma, a quote or a line's end: they are ids, numbers and instants. */
async function* asCsv(rows: AsyncIterable<ReturnType<typeof told>>): AsyncGenerator<string> {
  yield 'profile_id,title_id,stars,rated_at\r\n'
  for await (const { profile_id, title_id, stars, rated_at } of rows) yield `${profile_id},${title_id},${stars},${rated_at}\r\n`
}

/** `fail` hears of a source that breaks: yazl hands its errors to nobody. */
async function zipOf(means: Means, account_id: string, { at, signal, fail }: { readonly at: number; readonly signal: AbortSignal; readonly fail: (error: unknown) => void }): Promise<ZipFile> {
  const { database, vault, credentials, views, social } = means
  const sessions = await credentials.sessions(account_id)
  const { account, key, profiles, preferences } = await database.read(async (sql) => {
    const keyed = await readKeyed(sql, vault, account_id)
    if (keyed === undefined) throw new Error(`exporting account '${account_id}': it is not there any more`)
    const found = await readProfiles(sql, vault, account_id)
    const more = []
    for (const { profile_id } of found)
      more.push({ profile_id, has_pin: (await pinHash(sql, profile_id)) !== undefined, preferences: await readPreferences(sql, profile_id) })
    return { account: keyed.account, key: keyed.key, profiles: found, preferences: more }
  })
  const dated = <T extends { readonly created_at: number; readonly updated_at: number }>(row: T) => ({
    ...row,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  })
  const profile_ids = profiles.map(({ profile_id }) => profile_id)
  const zip = new ZipFile()
  const mtime = new Date(at)
  const add = (name: string, bytes: Buffer): void => zip.addBuffer(bytes, name, { mtime })
  const addAll = (name: string, text: AsyncGenerator<string>): void => zip.addReadStream(Readable.from(text).on('error', fail), name, { mtime })
  add('README.txt', Buffer.from(exportReadme(instant(at))))
  add('account.json', json(dated(account)))
  add('profiles.json', json(profiles.map((profile, index) => ({ ...dated(profile), has_pin: preferences[index]?.has_pin ?? false }))))
  add('preferences.json', json(preferences.map(({ profile_id, preferences: said }) => ({ profile_id, ...said?.document, version: said?.version }))))
  add('sessions.json', json(sessions.map((session) => ({ ...session, signed_in_at: instant(session.signed_in_at), last_used_at: instant(session.last_used_at) }))))
  addAll('ratings.json', asJson(ratings(database, profile_ids)))
  addAll('ratings.csv', asCsv(ratings(database, profile_ids)))
  addAll('diary.json', asJson(diaries(views, profile_ids)))
  addAll('diary.csv', asCsv(diaries(views, profile_ids)))
  addAll('viewings.json', asJson(viewings(means, key, profile_ids)))
  addAll('imports.json', asJson(imports(means, key, profile_ids)))
  // which files there are is known as they come, while the zip is being read
  addFiles(social.exportAccount(account_id, signal), (file, lines) => addAll(`social/${file}.json`, asJson(lines))).then(() => zip.end(), fail)
  return zip
}

/** A stream in pieces of one size, but for the last. */
async function* pieces(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    waiting.push(chunk)
    bytes += chunk.length
    while (bytes >= part_bytes) {
      const all = Buffer.concat(waiting)
      yield all.subarray(0, part_bytes)
      waiting = [all.subarray(part_bytes)]
      bytes -= part_bytes
    }
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}

/** Makes an export. */
export const exportData =
  (means: Means): Handler =>
  async (job, signal) => {
    const { database, vault, clock } = means
    const keyed = await database.read((sql) => readKeyed(sql, vault, job.account_id))
    if (keyed === undefined) throw new Error(`exporting account '${job.account_id}': it is not there any more`)
    await removeParts(database, job)
    const at = instantOf(clock.micros())
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => undefined)
    const over = new AbortController()
    const zip = await zipOf(means, job.account_id, { at, signal: AbortSignal.any([signal, over.signal]), fail: broken.reject })
    let size_bytes = 0
    const store = async (): Promise<void> => {
      let part = 0
      for await (const piece of pieces(zip.outputStream as AsyncIterable<Buffer>)) {
        signal.throwIfAborted()
        size_bytes += piece.length
        if (size_bytes > most_bytes) throw new Error(`exporting '${job.job_id}': the zip is larger than ${most_bytes} bytes`)
        await writePart(database, vault, keyed.key, job, part++, piece)
      }
    }
    const output = zip.outputStream as Readable
    await Promise.race([store(), broken.promise]).finally(() => {
      over.abort()
      output.destroy()
    })
    return { expires_at: new Date(at + kept_ms), size_bytes }
  }
