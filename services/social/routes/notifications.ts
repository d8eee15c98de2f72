/** What a profile is told: who follows it, likes and answers what it wrote. */
import { etag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { cursorTo, placeOf } from '../../shared/pagination.ts'
import { Fields, Instant } from '../../shared/text.ts'
import { peopleSeen } from '../looking.ts'
import type { Notification as Told } from '../member-views.ts'
import { mustBeMember } from '../members.ts'
import { readMark, readUntil, unreadCount } from '../notification-mark.ts'
import type { SocialPorts } from '../ports.ts'
import { Notifications, OwnPage, ProfilePath, ReadUntil } from '../schemas-members.ts'
import { personAnswer } from './cards.ts'

const tags = ['notifications']
const isPlace = (place: readonly unknown[]): place is readonly [number, string] =>
  place.length === 2 && Number.isSafeInteger(place[0]) && Math.abs(place[0] as number) < 8e12 && typeof place[1] === 'string' && place[1].length < 100

export const notificationRoutes: Routes<SocialPorts> =
  (ports) =>
  async (app) => {
    const { database, views: { members } } = ports

    app.get('/v1/members/:profile_id/notifications', {
      config: { access: { scope: 'social:read' } },
      schema: {
        tags, summary: 'What a profile of yours is told, newest first', params: ProfilePath, querystring: OwnPage, response: { 200: Notifications, ...problems },
        description: 'What those did whom you have blocked, or who have left, is left out: a page may hold fewer than `limit`.',
      },
    }, async (request) => {
      const { profile_id } = request.params
      const { limit = 20, cursor } = request.query
      const query = ['notifications', profile_id]
      const place = placeOf(query, cursor, isPlace)
      const read_at = await database.read(async (sql) => {
        await mustBeMember(sql, profile_id)
        return readMark(sql, profile_id)
      })
      const [found, unread] = await Promise.all([
        members.notifications({ profile_id, limit: limit + 1, ...(place === undefined ? {} : { after: { occurred_at: place[0], notification_id: place[1] } }) }),
        members.unread(profile_id),
      ])
      const page = found.slice(0, limit)
      const seen = await peopleSeen(members, page.flatMap(({ actor_id }) => actor_id ?? []), { viewer_id: profile_id, moderates: false })
      const last = page.at(-1)
      const items = page.flatMap(({ actor_id, notification_id, kind, subject_kind, subject_id, occurred_at }: Told) => {
        const actor = actor_id === null ? undefined : seen.get(actor_id)
        if (actor_id !== null && actor === undefined) return []
        return [{
          notification_id, kind, actor: actor === undefined ? null : personAnswer(actor), subject_kind, subject_id,
          occurred_at: new Date(occurred_at).toISOString(), is_read: read_at !== null && occurred_at <= read_at,
        }]
      })
      return {
        items,
        next_cursor: found.length > limit && last !== undefined ? cursorTo(query, [last.occurred_at, last.notification_id]) : null,
        unread: unreadCount(unread, read_at, place === undefined ? page : []),
        read_at: read_at === null ? null : new Date(read_at).toISOString(),
      }
    })

    app.put('/v1/members/:profile_id/notifications/read', {
      config: { access: { scope: 'social:write' } },
      schema: {
        tags, summary: 'Have read all that came until then', params: ProfilePath, querystring: Fields({}), body: ReadUntil, response: { 200: Fields({ read_at: Instant }), ...problems },
        description: 'What was read stays read: an earlier instant changes nothing, a later one than now is now.',
      },
    }, async (request, reply) => {
      const { profile_id } = request.params
      const { read_at, version } = await database.transact((sql) => readUntil(ports, sql, profile_id, Date.parse(request.body.until)))
      return reply.header('etag', etag(profile_id, version)).send({ read_at: new Date(read_at).toISOString() })
    })
  }
