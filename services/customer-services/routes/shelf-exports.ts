/** A profile's diary, ratings, reviews and lists as the files that Letterboxd and IMDb export: what came from there can go back. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { ZipFile } from 'yazl'
import { Unavailable } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields } from '../../shared/text.ts'
import type { Shelf } from '../interchange/shelf.ts'
import { imdbRatings, imdbWatchlist, letterboxdFiles } from '../interchange/write.ts'
import { noProfile } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { readProfileKey } from '../profile-store.ts'
import { ProfileId } from '../schemas.ts'
import { readShelf } from '../shelf.ts'

const tags = ['imports']
const none = Fields({})
const config = { access: { scope: 'ratings:read' } } as const
/** Files that a process makes at once: what social has is held in memory meanwhile. */
const mostAtOnce = 2
/** Social has this long to tell what a profile has there: less than whoever asks waits for an answer to begin. */
const patience_ms = 8_000

/** A zip that ends where a source breaks, without its directory, so that nobody takes it for whole. */
async function zipOf(shelf: Shelf): Promise<Readable> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  for await (const { path, text } of letterboxdFiles(shelf)) zip.addReadStream(Readable.from(text).on('error', (error) => output.destroy(error)), path)
  zip.end()
  return output
}

export const shelfExportRoutes: Routes<CustomerPorts> = (ports) => async (app) => {
  const { database } = ports
  let making = 0

  async function sent(reply: FastifyReply, profile_id: string, name: string, type: string, make: (shelf: Shelf) => Promise<Readable> | Readable): Promise<FastifyReply> {
    if (making >= mostAtOnce) throw new Unavailable('making a file: others are being made; ask again in a moment', { code: 'overloaded' })
    making += 1
    let file: Readable | undefined
    try {
      const key = await database.read((sql) => readProfileKey(sql, profile_id))
      if (key === undefined) throw noProfile()
      file = await make(await readShelf(ports, key, profile_id, AbortSignal.timeout(patience_ms)))
    } finally {
      if (file === undefined) making -= 1
    }
    file.once('close', () => { making -= 1 })
    return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).header('cache-control', 'private, no-store').send(file as never)
  }

  for (const [path, summary, file, type, make] of [
    ['letterboxd', 'Diary, ratings, reviews, likes, watchlist and lists as the zip that Letterboxd exports', 'creme-dela-creme-letterboxd.zip', 'application/zip', zipOf],
    ['imdb-ratings', 'Ratings as IMDb exports them', 'ratings.csv', 'text/csv', (shelf: Shelf) => Readable.from(imdbRatings(shelf))],
    ['imdb-watchlist', 'The watchlist as IMDb exports it', 'watchlist.csv', 'text/csv', (shelf: Shelf) => Readable.from(imdbWatchlist(shelf))],
  ] as const) {
    app.get(`/v1/profiles/:profile_id/exports/${path}`, {
      config,
      schema: {
        tags, summary, params: ProfileId, querystring: none,
        description: 'Rows of imports that the platform has no place for go out with the rest, as long as their import is kept.',
        response: { 200: { description: 'The file', content: { [type]: { schema: Type.String({ format: 'binary' }) } } }, ...problems },
      },
    }, (request, reply) => sent(reply, request.params.profile_id, file, type, make))
  }
}
