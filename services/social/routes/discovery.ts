/** Finding people: by name, by whom one follows, by what one likes. */
import Type from 'typebox'
import { problems, type Routes } from '../../shared/http.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { Fields, Line, Page, Paging, Ulid } from '../../shared/text.ts'
import { findActive, peopleSeen, viewerOf } from '../looking.ts'
import { mustBeMember } from '../members.ts'
import type { SocialPorts } from '../ports.ts'
import { MemberPath, Person, ProfilePath } from '../schemas-members.ts'
import { personAnswer } from './cards.ts'

const tags = ['discovery']
const person = Person.properties
const Suggested = Fields({ ...person, score: Type.Number(), mutual: Type.Integer({ description: 'how many of those whom you follow, follow them' }), reason: Type.Enum(['followed', 'taste']) })

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
