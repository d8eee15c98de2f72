/** A profile's diary: what it has rated, newest first. */
import type { DiaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import { Refused } from '../../shared/errors.ts'
import { readAfter, ReadHeaders, type Tag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { cursorTo, isInstantAndId, placeOf } from '../../shared/pagination.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields, Page, Paging } from '../../shared/text.ts'
import type { CustomerPorts, Place } from '../ports.ts'
import { profileExists } from '../profile-store.ts'
import { readDiary } from '../rating-store.ts'
import { ProfileId, Rating } from '../schemas.ts'
import { ratingAnswer } from './ratings.ts'

const before = (a: Place, b: Place): boolean => a.rated_at > b.rated_at || (a.rated_at === b.rated_at && a.title_id > b.title_id)

/** Whether a page after `start` (with one entry too many, if there are more) shows the entry of a title just as `entry` has it. */
export function pageShows(
  page: readonly DiaryEntry[],
  full: boolean,
  start: Place | undefined,
  title_id: string,
  entry: DiaryEntry | undefined,
): boolean {
  const last = page.at(-1)
  const belongs =
    entry !== undefined && (start === undefined || before(start, entry)) && (!full || (last !== undefined && !before(last, entry)))
  const shown = page.filter((one) => one.title_id === title_id)
  return belongs ? shown.length === 1 && shown[0]?.version === entry.version : shown.length === 0
}

export const diaryRoutes: Routes<CustomerPorts> =
  ({ database, views }) =>
  async (app) => {
    app.get(
      '/v1/profiles/:profile_id/ratings',
      {
        config: { access: { scope: 'ratings:read' } },
        schema: {
          tags: ['ratings'],
          summary: "A profile's ratings, newest first",
          params: ProfileId,
          querystring: Fields(Paging),
          headers: ReadHeaders,
          response: { 200: Page(Rating), ...problems },
        },
      },
      async (request, reply) => {
        const { profile_id } = request.params
        const { limit = 20, cursor } = request.query
        const place = placeOf(profile_id, cursor, isInstantAndId)
        const start = place === undefined ? undefined : { rated_at: place[0], title_id: place[1] }
        const asked = readAfter(request.headers['read-after'])
          .map((tag) => ({ ...tag, ids: tag.id.split('.') }))
          .filter(({ ids }) => ids[0] === profile_id && ids.length === 2)
        const isFresh = async (page: readonly DiaryEntry[]): Promise<boolean> =>
          (
            await Promise.all(
              asked.map(async (tag: Tag & { readonly ids: readonly string[] }) => {
                const title_id = tag.ids[1] ?? ''
                const entry = await views.entry(profile_id, title_id)
                return shows(entry?.version, tag) && pageShows(page, page.length > limit, start, title_id, entry)
              }),
            )
          ).every(Boolean)
        const { value, from } = await freshest<readonly DiaryEntry[]>(
          () => views.diary(profile_id, limit + 1, start),
          asked.length === 0 ? undefined : isFresh,
          () => database.read((sql) => readDiary(sql, profile_id, limit + 1, start)),
        )
        if (value.length === 0 && !(await database.read((sql) => profileExists(sql, profile_id)))) {
          throw new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })
        }
        const items = value.slice(0, limit)
        const end = items.at(-1)
        const next_cursor = value.length > limit && end !== undefined ? cursorTo(profile_id, [end.rated_at, end.title_id]) : null
        return reply.header('served-from', from).send({ items: items.map(ratingAnswer), next_cursor })
      },
    )
  }
