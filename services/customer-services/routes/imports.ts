/** Imports: a file from Letterboxd or IMDb is read, shown, decided about, and applied. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { Refused, Unavailable } from '../../shared/errors.ts'
import { etag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import type { Sql } from '../../shared/mysql.ts'
import { Fields } from '../../shared/text.ts'
import { dropImport, noImport, openImport, orderApplication, orderMatching, prepareRows } from '../import-commands.ts'
import { Import, ImportPath, Imports, UploadQuery } from '../import-schemas.ts'
import { countRows, readImport, readImports, type Import as StoredImport } from '../import-store.ts'
import { readUpload } from '../interchange/read.ts'
import { noProfile } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { readOwner } from '../profile-store.ts'
import { ProfileId } from '../schemas.ts'

const tags = ['imports']
const none = Fields({})
const [read, write] = [{ access: { scope: 'ratings:read' } }, { access: { scope: 'ratings:write' } }] as const
/** Of a file. */
export const mostBytes = 20 * 1_048_576
const fileTypes = ['application/zip', 'text/csv', 'application/octet-stream']
/** A request matches for this long; what is left then, a job matches. */
const matched_ms = 3_000
/** Files that a process reads at once: each may come to 64 MiB. */
const mostAtOnce = 2

/** A file; a key that is given with it goes by its digest. */
class Upload {
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  toJSON(): string {
    return createHash('sha256').update(this.bytes).digest('hex')
  }
}
/** Bytes as they come; `{}` lets them pass, which are no JSON. */
const File = Type.Unsafe<Upload>({ description: 'the zip that Letterboxd exports, a CSV file out of it, or one of IMDb; 20 MiB at most' })

/** An import with how far it is. */
async function told(sql: Sql, { import_id, profile_id, source, state, version, created_at, applied_at, busy }: StoredImport) {
  const counts = await countRows(sql, import_id)
  return {
    import_id, profile_id, source, version, created_at: created_at.toISOString(), applied_at: applied_at?.toISOString() ?? null,
    state: busy || state === 'ready' || state === 'applied' ? state : 'interrupted' as const,
    rows: counts.reduce((sum, { rows }) => sum + rows, 0), counts: [...counts],
  }
}

export const importRoutes: Routes<CustomerPorts> = (ports) => async (app) => {
  const { database, vault } = ports
  let reading = 0
  app.addContentTypeParser(fileTypes, { parseAs: 'buffer', bodyLimit: mostBytes }, (_request, body, done) => { done(null, new Upload(body as Buffer)) })
  const pathOf = ({ profile_id, import_id }: Pick<StoredImport, 'profile_id' | 'import_id'>): string => `/v1/profiles/${profile_id}/imports/${import_id}`

  /** Reads one file after the other, and turns away whom it would make wait. */
  async function rowsOf(profile_id: string, { bytes }: Upload, name: string | undefined) {
    if (reading >= mostAtOnce) throw new Unavailable('reading an upload: others are being read; send it again in a moment', { code: 'overloaded' })
    reading += 1
    try {
      const owner = await database.read((sql) => readOwner(sql, profile_id))
      if (owner === undefined) throw noProfile()
      const upload = await readUpload(bytes, name)
      const end = performance.now() + matched_ms
      return { source: upload.source, rows: await prepareRows(ports, { ...owner, profile_id }, upload, () => performance.now() > end) }
    } finally {
      reading -= 1
    }
  }

  app.post('/v1/profiles/:profile_id/imports', {
    config: write,
    schema: {
      tags, summary: 'Bring a file from Letterboxd or IMDb; nothing is applied yet', params: ProfileId, querystring: UploadQuery, headers: PostHeaders,
      body: { content: Object.fromEntries(fileTypes.map((type) => [type, { schema: File }])) }, response: { 201: Import, ...problems },
      description: 'Answers how many rows were matched with titles, are there already, or stand against something else. What is left to be matched after a few seconds is matched in the background: ' +
        'the state is then `matching`. A profile keeps ten imports.',
    },
  }, async (request: FastifyRequest, reply) => {
    const { profile_id } = request.params as { readonly profile_id: string }
    const { name } = request.query as { readonly name?: string }
    const { body } = request
    if (!(body instanceof Upload)) throw new Refused({ code: 'unsupported_media_type', message: `must be a file; send it as ${fileTypes.join(', ')}`, field: 'header.content-type' })
    const { source, rows } = await rowsOf(profile_id, body, name)
    return sendAnswer(reply, await once(database, request, async (sql) => {
      const made = await openImport(ports, sql, profile_id, source, rows)
      return { status: 201, headers: { etag: etag(made.import_id, made.version), location: pathOf(made) }, body: await told(sql, made) }
    }, vault.requestDigest))
  })

  app.get('/v1/profiles/:profile_id/imports', {
    config: read,
    schema: { tags, summary: 'Imports of a profile, newest first', params: ProfileId, querystring: none, response: { 200: Imports, ...problems } },
  }, async ({ params: { profile_id } }) => database.read(async (sql) => {
    const items = []
    for (const one of await readImports(sql, profile_id)) items.push(await told(sql, one))
    return { items }
  }))

  app.get('/v1/profiles/:profile_id/imports/:import_id', {
    config: read,
    schema: { tags, summary: 'How an import stands', params: ImportPath, querystring: none, response: { 200: Import, ...problems } },
  }, async ({ params: { profile_id, import_id } }) => database.read(async (sql) => {
    const found = await readImport(sql, profile_id, import_id)
    if (found === undefined) throw noImport()
    return told(sql, found)
  }))

  for (const [path, summary, order] of [
    ['application', 'Apply an import: what is matched, and what was refused or skipped before', orderApplication],
    ['matching', 'Match its rows with titles once more: the catalogue has grown', orderMatching],
  ] as const) {
    app.post(`/v1/profiles/:profile_id/imports/:import_id/${path}`, {
      config: write,
      schema: { tags, summary, params: ImportPath, querystring: none, headers: PostHeaders, response: { 202: Import, ...problems } },
    }, async (request, reply) => {
      const { profile_id, import_id } = request.params
      return sendAnswer(reply, await once(database, request, async (sql) => {
        const ordered = await order(ports, sql, profile_id, import_id)
        return { status: 202, headers: { location: pathOf(ordered) }, body: await told(sql, ordered) }
      }))
    })
  }

  app.delete('/v1/profiles/:profile_id/imports/:import_id', {
    config: write,
    schema: { tags, summary: 'Remove an import; what it made stays', params: ImportPath, querystring: none, response: { 204: Type.Null(), ...problems } },
  }, async ({ params: { profile_id, import_id } }, reply) => {
    await database.transact((sql) => dropImport(sql, profile_id, import_id))
    return reply.code(204).send(null)
  })
}
