/** Whom members follow, who follows them, who asks to, and whom they have turned from. */
import { problems, type Routes } from '../../shared/http.ts'
import { cursorTo, isInstantAndId, placeOf } from '../../shared/pagination.ts'
import { Page } from '../../shared/text.ts'
import { findActive, peopleSeen, viewerOf, type Viewer } from '../looking.ts'
import type { Follow, FollowPage } from '../member-views.ts'
import { mustBeMember } from '../members.ts'
import type { SocialPorts } from '../ports.ts'
import { readOpenRequests, readTurnedFrom } from '../relation-store.ts'
import { LookingPage, MemberPath, OwnPage, Person, PersonSince, ProfilePath } from '../schemas-members.ts'
import { personAnswer } from './cards.ts'

const tags = ['relations']
const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9A-Z]{26}$/.test(value)
const isOnlyId = (place: readonly unknown[]): place is readonly [string] => place.length === 1 && isId(place[0])

interface Asked {
  readonly limit?: number
  readonly cursor?: string
}

export const memberListRoutes: Routes<SocialPorts> =
  ({ database, views: { members } }) =>
  async (app) => {
    /** A page of follows, without those whom the viewer does not see. */
    const pageOf = async (query: unknown, profile_id: string, { limit = 20, cursor }: Asked, viewer: Viewer, ask: (page: FollowPage) => Promise<readonly Follow[]>, end: (follow: Follow) => string,
      keep: (ids: readonly string[]) => Promise<ReadonlySet<string>> = async (ids) => new Set(ids)) => {
      const place = placeOf(query, cursor, isInstantAndId)
      const found = await ask({ profile_id, limit: limit + 1, ...(place === undefined ? {} : { after: { followed_at: place[0], id: place[1] } }) })
      const page = found.slice(0, limit)
      const ids = page.map(end)
      const [seen, kept] = await Promise.all([peopleSeen(members, ids, viewer), keep(ids)])
      const last = page.at(-1)
      return {
        items: page.flatMap((follow) => {
          const card = kept.has(end(follow)) ? seen.get(end(follow)) : undefined
          return card === undefined ? [] : [{ ...personAnswer(card), since: new Date(follow.followed_at).toISOString() }]
        }),
        next_cursor: found.length > limit && last !== undefined ? cursorTo(query, [last.followed_at, end(last)]) : null,
      }
    }

    for (const [path, summary, end] of [
      ['following', 'Whom a member follows, newest first', (follow: Follow) => follow.other_id],
      ['followers', 'Who follows a member, newest first', (follow: Follow) => follow.profile_id],
    ] as const) {
      app.get(`/v1/members/:member/${path}`, {
        config: { access: 'public' },
        schema: {
          tags, summary, params: MemberPath, querystring: LookingPage, response: { 200: Page(PersonSince), ...problems },
          description: 'Those who have blocked you, or whom you have blocked, are left out: a page may hold fewer than `limit`.',
        },
      }, async (request) => {
        const viewer = viewerOf(request.identity, request.query.as)
        const { card } = await findActive(members, request.params.member, viewer)
        return pageOf([path, card.profile_id], card.profile_id, request.query, viewer, members[path], end)
      })
    }

    app.get('/v1/members/:profile_id/follow-requests', {
      config: { access: { scope: 'social:read' } },
      schema: { tags, summary: 'Who asks to follow a profile of yours, newest first', params: ProfilePath, querystring: OwnPage, response: { 200: Page(PersonSince), ...problems } },
    }, async (request) => {
      const { profile_id } = request.params
      await database.read((sql) => mustBeMember(sql, profile_id))
      // who was let in a moment ago may be in the view still; MySQL knows
      const open = (ids: readonly string[]): Promise<ReadonlySet<string>> => database.read((sql) => readOpenRequests(sql, profile_id, ids))
      return pageOf(['follow-requests', profile_id], profile_id, request.query, { viewer_id: profile_id, moderates: false }, (page) => members.requests(page), (follow) => follow.profile_id, open)
    })

    for (const [path, column, summary] of [['blocks', 'blocked', 'Whom a profile of yours has blocked'], ['mutes', 'muted', 'Whom a profile of yours has muted']] as const) {
      app.get(`/v1/members/:profile_id/${path}`, {
        config: { access: { scope: 'social:read' } },
        schema: { tags, summary, params: ProfilePath, querystring: OwnPage, response: { 200: Page(Person), ...problems } },
      }, async (request) => {
        const { profile_id } = request.params
        const { limit = 20, cursor } = request.query
        const query = [path, profile_id]
        const [after = ''] = placeOf(query, cursor, isOnlyId) ?? []
        const ids = await database.read(async (sql) => {
          await mustBeMember(sql, profile_id)
          return readTurnedFrom(sql, profile_id, column, limit + 1, after)
        })
        const page = ids.slice(0, limit)
        // nobody in particular: one sees whom one has blocked, so as to take it back
        const seen = await peopleSeen(members, page, { viewer_id: undefined, moderates: false })
        const last = page.at(-1)
        return {
          items: page.flatMap((id) => [seen.get(id) ?? []].flat().map(personAnswer)),
          next_cursor: ids.length > limit && last !== undefined ? cursorTo(query, [last]) : null,
        }
      })
    }
  }
