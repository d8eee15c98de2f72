/** Feeds, what is new in them, and what one member has done. */
import { problems, type Routes } from '../shared/http.ts'
import { viewerOf } from '../shared/standing.ts'
import { isUlid } from '../shared/text.ts'
import { activityAnswers, itemAnswers } from './answers.ts'
import { countNew, noMember, readActivity, readFeed } from './feed.ts'
import { guardFeeds } from './ownership.ts'
import type { FeedPorts } from './ports.ts'
import { Activities, Count, Feed, FeedQuery, Looking, MemberPath, ProfilePath, Since } from './schemas.ts'

const tags = ['feeds']
const usual = 20

/** All routes, over any ports. */
export const feed: Routes<FeedPorts> =
  (ports) =>
  async (app) => {
    const { views } = ports
    guardFeeds(app, views)

    app.get('/v1/feeds/:profile_id', {
      config: { access: { scope: 'social:read' } },
      schema: {
        tags, summary: 'What those whom a profile follows have done', params: ProfilePath, querystring: FeedQuery, response: { 200: Feed, ...problems },
        description: '`limit` counts activities; those that several did to the same thing are one item. A page may be short, or empty, and still have a `next_cursor`.',
      },
    }, async ({ params: { profile_id }, query: { order = 'chronological', limit = usual, cursor } }) => {
      const turned = await readFeed(ports, profile_id, order, { limit, cursor })
      return { items: await itemAnswers(views, turned), next_cursor: turned.next_cursor, head: turned.head }
    })

    app.get('/v1/feeds/:profile_id/new', {
      config: { access: { scope: 'social:read' } },
      schema: { tags, summary: 'How much of a feed is newer than its head was, counted to 100', params: ProfilePath, querystring: Since, response: { 200: Count, ...problems } },
    }, async ({ params: { profile_id }, query: { since } }) => ({ count: await countNew(ports, profile_id, since) }))

    app.get('/v1/feeds/by/:member', {
      config: { access: 'public' },
      schema: { tags, summary: 'What a member has done, newest first', params: MemberPath, querystring: Looking, response: { 200: Activities, ...problems } },
    }, async ({ identity, params: { member }, query: { as, limit = usual, cursor } }) => {
      const profile_id = isUlid(member) ? member : (await views.cardByHandle(member))?.profile_id
      const turned = profile_id === undefined ? undefined : await readActivity(ports, profile_id, viewerOf(identity, as), { limit, cursor })
      if (turned === undefined) throw noMember('path.member')
      return { items: await activityAnswers(views, turned), next_cursor: turned.next_cursor }
    })
  }
