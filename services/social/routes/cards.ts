/** Cards: what a profile is called among people. */
import Type from 'typebox'
import { identityOf, isOwn } from '../../shared/access.ts'
import { etag, expectedVersions, isKnown, readAfter, ReadHeaders, WriteHeaders, type Tag } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { freshest, shows } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { leave, putCard } from '../card-commands.ts'
import { readCard, readCardByHandle } from '../card-store.ts'
import { lookAt, mustBeSeen, viewerOf, type Seen, type SeenCard, type Whereabouts } from '../looking.ts'
import { noProfile } from '../ownership.ts'
import type { SocialPorts } from '../ports.ts'
import { readRelation } from '../relation-store.ts'
import { Looking, Member, MemberPath, NewCard, OwnCard, ProfilePath } from '../schemas-members.ts'
import { wordsOf } from '../text-reading.ts'

const tags = ['members']
const none = Fields({})

/** Somebody, in a list. */
export const personAnswer = ({ profile_id, handle, name, is_private }: SeenCard) => ({ profile_id, handle, name, is_private: is_private === 1 })

/** Asks MySQL what the views may not have yet. */
const currently = ({ database }: Pick<SocialPorts, 'database'>): Whereabouts => ({
  card: (id) => database.read((sql) => readCard(sql, id)),
  cardByHandle: (handle) => database.read((sql) => readCardByHandle(sql, handle)),
  relation: async (from, to) => {
    const row = await database.read((sql) => readRelation(sql, from, to))
    return row === undefined ? undefined : { ...row, blocked: Number(row.blocked), muted: Number(row.muted) }
  },
})

/** Whether what was seen shows the writes that these tags name, of the member's card or of how the two stand. */
function isFresh(seen: Seen | undefined, asked: readonly Tag[], viewer_id: string | undefined): boolean {
  return asked.every((tag) => {
    if (!tag.id.includes('.')) return seen === undefined ? tag.gone : tag.id !== seen.card.profile_id || shows(seen.card.version, tag)
    if (seen === undefined || viewer_id === undefined) return false
    const owner_id = seen.card.profile_id
    if (tag.id === `${viewer_id}.${owner_id}`) return shows(seen.ours?.version, tag)
    return tag.id !== `${owner_id}.${viewer_id}` || shows(seen.theirs?.version, tag)
  })
}

export const cardRoutes: Routes<SocialPorts> =
  (ports) =>
  async (app) => {
    const { database, findProfile, views } = ports

    app.put('/v1/members/:profile_id/card', {
      config: { access: { scope: 'social:write' } },
      schema: {
        tags, summary: 'Choose what a profile is called among people, or change it', params: ProfilePath, querystring: none, headers: WriteHeaders, body: NewCard,
        response: { 200: OwnCard, 201: OwnCard, ...problems },
        description: 'A profile that turns public does not let in those who asked to follow it: they are let in as before, or follow at once when they ask again.',
      },
    }, async (request, reply) => {
      const { profile_id } = request.params
      const profile = await findProfile(profile_id)
      if (profile === undefined || !isOwn(identityOf(request), profile.account_id)) throw noProfile('path.profile_id')
      const left = await database.read((sql) => readCard(sql, profile_id))
      if (left !== undefined && left.handle === null) await leave(ports, profile_id) // somebody's leaving was cut short
      const { bio = null, ...rest } = request.body
      const expected = expectedVersions(request.headers['if-match'], profile_id)
      const { card, joined } = await database.transact((sql) => putCard(ports, sql, { profile_id, ...profile, card: { ...rest, bio }, expected }))
      return reply.code(joined ? 201 : 200).header('etag', etag(profile_id, card.version)).send({ profile_id, ...card })
    })

    app.delete('/v1/members/:profile_id/card', {
      config: { access: { scope: 'social:write' } },
      schema: {
        tags, summary: 'Leave: all that the profile has written, liked and listed here goes, and who it follows and is followed by', params: ProfilePath, querystring: none,
        response: { 204: Type.Null(), ...problems },
      },
    }, async (request, reply) => {
      await leave(ports, request.params.profile_id)
      return reply.code(204).send(null)
    })

    app.get('/v1/members/:member', {
      config: { access: 'public' },
      schema: { tags, summary: 'A member', params: MemberPath, querystring: Looking, headers: ReadHeaders, response: { 200: Member, 304: Type.Null(), ...problems } },
    }, async (request, reply) => {
      const { member } = request.params
      const viewer = viewerOf(request.identity, request.query.as)
      const asked = readAfter(request.headers['read-after'])
      const { value, from } = await freshest<Seen | undefined>(
        () => lookAt(views.members, member, viewer),
        asked.length === 0 ? undefined : (seen) => isFresh(seen, asked, viewer.viewer_id),
        () => lookAt(currently(ports), member, viewer),
      )
      const { card, standing, ours, theirs } = mustBeSeen(value)
      const tag = etag(card.profile_id, card.version)
      void reply.header('served-from', from).header('etag', tag)
      // counts change and the tag does not: only who looks at their own card is spared it
      if (standing === 'self' && isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send(null)
      const { bio_id } = card
      const [counts, bios] = await Promise.all([views.members.counts([card.profile_id]), wordsOf(ports, bio_id === null ? [] : [bio_id], asked.length > 0 ? 'mysql' : 'view')])
      const { followers, following } = counts.get(card.profile_id) ?? { followers: 0, following: 0 }
      return reply.send({
        ...personAnswer(card), followers, following, version: card.version, joined_at: new Date(card.created_at).toISOString(),
        bio: bios.get(bio_id ?? '') ?? null,
        standing: standing === 'blocked' ? 'outsider' : standing,
        relation: viewer.viewer_id === undefined || standing === 'self' ? null : { follow: followOf(ours?.follow), muted: ours?.muted === 1, follows_you: theirs?.follow === 'following' },
      })
    })
  }

const followOf = (follow: string | undefined): 'none' | 'requested' | 'following' => (follow === 'requested' || follow === 'following' ? follow : 'none')
