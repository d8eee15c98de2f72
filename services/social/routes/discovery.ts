/** Finding people: by name, by whom one follows, by what one likes. */
import Type from 'typebox'
import { problems, type Routes } from '../../shared/http.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { Fields, Line, Nullable, Page, Paging, Ulid } from '../../shared/text.ts'
import { seesActivity } from '../../shared/visibility.ts'
import type { TitleCard } from '../discovery-views.ts'
import { findActive, peopleSeen, standingsTo, viewerOf, type SeenCard } from '../looking.ts'
import { mustBeMember } from '../members.ts'
import type { SocialPorts } from '../ports.ts'
import { MemberPath, Person, ProfilePath } from '../schemas-members.ts'
import { personAnswer } from './cards.ts'

const tags = ['discovery']
const person = Person.properties
const Suggested = Fields({ ...person, score: Type.Number(), mutual: Type.Integer({ description: 'how many of those whom you follow, follow them' }), reason: Type.Enum(['followed', 'taste']) })
const titleFields = {
  title_id: Ulid, kind: Type.String(), name: Type.String(), original_name: Nullable(Type.String()), release_year: Nullable(Type.Integer()), genres: Type.Array(Type.String()),
}
const Popular = Fields({
  ...titleFields, friends: Type.Integer({ description: 'how many of those whom you follow' }), members: Type.Array(Person, { maxItems: 3, description: 'some of them' }),
})
const Because = Fields({ member: Person, items: Type.Array(Fields(titleFields)) })
const titleAnswer = ({ title_id, kind, name, original_name, release_year, genres }: TitleCard) => ({ title_id, kind, name, original_name, release_year, genres })
/** How many of those whom one follows are named as reasons. */
const REASONS = 5
/** Whom views are asked of at once. */
const ATONCE = 200

export const discoveryRoutes: Routes<SocialPorts> = ({ database, views: { members, discovery } }) => async (app) => {
  app.get('/v1/members', {
    config: { access: 'public' },
    schema: {
      tags, summary: 'Find members by handle or name', querystring: Fields({ q: { ...Line(100), description: 'words, beginnings of words, small typing errors' }, as: Type.Optional(Ulid), ...Paging }),
      response: { 200: Page(Person), ...problems }, description: 'Those who have blocked you, or whom you have blocked, are left out.',
    },
  }, async (request) => {
    const { q, as, limit = 20, cursor } = request.query
    const offset = offsetOf([q, as], cursor)
    const found = await discovery.find(q, { offset, limit: limit + 1, ...(as === undefined ? {} : { viewer_id: as }) })
    const { items, next_cursor } = pageOf([q, as], found, { offset, limit })
    const cards = await peopleSeen(members, items.map(({ profile_id }) => profile_id), viewerOf(request.identity, as))
    return { items: items.flatMap(({ profile_id }) => { const card = cards.get(profile_id); return card === undefined ? [] : [personAnswer(card)] }), next_cursor }
  })

  app.get('/v1/members/:profile_id/suggestions', {
    config: { access: { scope: 'social:read' } },
    schema: {
      tags, summary: 'Whom to follow, and why', params: ProfilePath, querystring: Fields({ limit: Paging.limit }), response: { 200: Fields({ items: Type.Array(Suggested) }), ...problems },
      description: '`followed`: followed by those whom you follow, the more the fewer they follow; `taste`: they like the titles that you like.',
    },
  }, async (request) => {
    const { profile_id } = request.params
    await database.read((sql) => mustBeMember(sql, profile_id))
    const suggestions = await discovery.suggestions(profile_id, request.query.limit ?? 20)
    const cards = await peopleSeen(members, suggestions.map((one) => one.profile_id), viewerOf(request.identity, profile_id))
    return {
      items: suggestions.flatMap(({ profile_id: id, score, mutual, reason }) => {
        const card = cards.get(id)
        return card === undefined ? [] : [{ ...personAnswer(card), score, mutual, reason }]
      }),
    }
  })

  /** Cards of those who show this profile what they do: the graph may not have heard yet that somebody no longer does. */
  const friendsOf = async (profile_id: string, ids: readonly string[], identity: Parameters<typeof viewerOf>[0]): Promise<ReadonlyMap<string, SeenCard>> => {
    const distinct = [...new Set(ids)]
    const parts = [distinct.slice(0, ATONCE), distinct.slice(ATONCE, 2 * ATONCE)].filter((part) => part.length > 0)
    const found = await Promise.all(parts.map((part) => standingsTo(members, part, viewerOf(identity, profile_id))))
    return new Map(found.flatMap((part) => [...part]).filter(([, { standing }]) => seesActivity(standing)).map(([id, { card }]) => [id, card]))
  }
  const titlesOf = async (title_ids: readonly string[]): Promise<ReadonlyMap<string, TitleCard>> =>
    new Map((await discovery.titles([...new Set(title_ids)])).flatMap((card) => (card === undefined ? [] : [[card.title_id, card]])))

  app.get('/v1/members/:profile_id/popular-with-friends', {
    config: { access: { scope: 'social:read' } },
    schema: {
      tags, summary: 'Titles that those whom you follow turn to', params: ProfilePath, querystring: Fields({ limit: Paging.limit }),
      response: { 200: Fields({ items: Type.Array(Popular) }), ...problems },
      description: 'Liked (4 stars and more), reviewed or watched by those whom you follow and have not muted, and not rated by you; of most of them first.',
    },
  }, async (request) => {
    const { profile_id } = request.params
    await database.read((sql) => mustBeMember(sql, profile_id))
    const popular = await discovery.popular(profile_id, request.query.limit ?? 20)
    const [titles, friends] = await Promise.all([
      titlesOf(popular.map(({ title_id }) => title_id)), friendsOf(profile_id, popular.flatMap(({ profile_ids }) => profile_ids), request.identity),
    ])
    return {
      items: popular.flatMap(({ title_id, friends: count, profile_ids }) => {
        const [title, cards] = [titles.get(title_id), profile_ids.flatMap((id) => friends.get(id) ?? [])]
        return title === undefined || cards.length === 0 ? [] : [{ ...titleAnswer(title), friends: count, members: cards.map(personAnswer) }]
      }),
    }
  })

  app.get('/v1/members/:profile_id/because-you-follow', {
    config: { access: { scope: 'social:read' } },
    schema: {
      tags, summary: 'What those like whom you follow, by each of them', params: ProfilePath, response: { 200: Fields({ items: Type.Array(Because) }), ...problems },
      querystring: Fields({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'titles of each' })) }),
      description: `The ${REASONS} whom you follow who are nearest to your taste, each with the titles that they rate highest and you have not rated.`,
    },
  }, async (request) => {
    const { profile_id } = request.params
    await database.read((sql) => mustBeMember(sql, profile_id))
    const found = await discovery.favourites(profile_id, { members: REASONS, titles: request.query.limit ?? 10 })
    const [titles, friends] = await Promise.all([
      titlesOf(found.flatMap(({ title_ids }) => title_ids)), friendsOf(profile_id, found.map((one) => one.profile_id), request.identity),
    ])
    return {
      items: found.flatMap(({ profile_id: id, title_ids }) => {
        const [card, liked] = [friends.get(id), title_ids.flatMap((title_id) => titles.get(title_id) ?? [])]
        return card === undefined || liked.length === 0 ? [] : [{ member: personAnswer(card), items: liked.map(titleAnswer) }]
      }),
    }
  })

  app.get('/v1/members/:member/known-followers', {
    config: { access: { scope: 'social:read' } },
    schema: {
      tags, summary: 'Followers of a member whom you follow', params: MemberPath, querystring: Fields({ as: Ulid, limit: Paging.limit }), response: { 200: Fields({ items: Type.Array(Person) }), ...problems },
    },
  }, async (request) => {
    const { as, limit = 20 } = request.query
    const viewer = viewerOf(request.identity, as)
    const { card } = await findActive(members, request.params.member, viewer)
    const between = await discovery.between(as, card.profile_id, limit)
    const cards = await peopleSeen(members, between.map(({ profile_id }) => profile_id), viewer)
    return { items: between.flatMap(({ profile_id }) => { const one = cards.get(profile_id); return one === undefined ? [] : [personAnswer(one)] }) }
  })
}
