/** What is in lists; and the two that every profile has, a watchlist and favourites. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, readAfter, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, placeOf } from '../../shared/pagination.ts'
import { seesActivity } from '../../shared/visibility.ts'
import { Fields, Page } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { appendEntries, lockFixed, lockKept, putEntry, removeEntry, setFavourites, type Kept } from '../entry-commands.ts'
import type { Where } from '../entry.ts'
import { readEntries, type StoredEntry } from '../entry-store.ts'
import { peopleOfList, readPage, seeList } from '../list-reading.ts'
import { loadFixed } from '../list-store.ts'
import { mostEntries } from '../list.ts'
import { findMember, viewerOf, type Viewer } from '../looking.ts'
import type { SocialPorts } from '../ports.ts'
import {
  AppendedEntries, Favourites, FavouriteTitles, ListEntry, ListPath, Looking, LookingThrough, MemberPath, NewEntries, OwnEntryPath, OwnListPath, OwnPath, OwnTitlePath, Placing, WrittenEntry,
} from '../schemas-lists.ts'
import { prepareToTell } from '../tell.ts'
import { wordsOf } from '../text-reading.ts'
import type { Sql } from '../../shared/mysql.ts'

const tags = ['lists']
const none = Fields({})
const write = { access: { scope: 'social:write' } } as const
type Stored = readonly [string, string, number]
const isPlace = (place: readonly unknown[]): place is Stored =>
  place.length === 3 && typeof place[0] === 'string' && /^[0-9A-Za-z]{1,64}$/.test(place[0]) && typeof place[1] === 'string' && /^[0-9A-Z]{26}$/.test(place[1]) && Number.isSafeInteger(place[2])

/** Routes of entries. */
export const listEntryRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, vault } = ports
  const tagOf = (list_id: string, title_id: string): string => `${list_id}.${title_id}`
  const send = async (reply: FastifyReply, { actor: { profile_id }, list }: Kept, { place: _place, note_id: _note, added_by, ...entry }: StoredEntry): Promise<FastifyReply> => {
    const people = await peopleOfList(ports, { viewer_id: profile_id, moderates: false }, list, [added_by])
    return reply.header('etag', etag(tagOf(entry.list_id, entry.title_id), entry.version))
      .send({ ...entry, added_by: people.has(added_by) ? added_by : null, added_at: entry.added_at.toISOString() })
  }
  async function assertTitle(title_id: string): Promise<void> {
    if (!(await knownTitles(ports.titles, [title_id], Date.now())).has(title_id)) throw new Refused({ code: 'title_not_found', message: 'no title has this id', field: 'path.title_id' })
  }
  async function assertTitles(title_ids: readonly string[], field: (index: number) => string): Promise<void> {
    const known = await knownTitles(ports.titles, title_ids, Date.now())
    const unknown = title_ids.findIndex((title_id) => !known.has(title_id))
    if (unknown >= 0) throw new Refused({ code: 'unknown_title', message: 'no title has this id', field: field(unknown) })
  }
  const put = async (reply: FastifyReply, kept: (sql: Sql) => Promise<Kept>, what: Parameters<typeof putEntry>[3], expected?: (list_id: string) => readonly number[] | undefined) => {
    await prepareToTell(ports)
    const { held, before, after } = await database.transact(async (sql) => {
      const holding = await kept(sql)
      return { held: holding, ...await putEntry(ports, sql, holding, what, expected?.(holding.list.list_id)) }
    })
    return send(reply.code(before === undefined ? 201 : 200), held, after)
  }
  const remove = async (reply: FastifyReply, kept: (sql: Sql) => Promise<Kept>, title_id: string, expected?: (list_id: string) => readonly number[] | undefined) => {
    await prepareToTell(ports)
    const { list_id, version } = await database.transact(async (sql) => {
      const held = await kept(sql)
      return removeEntry(ports, sql, held, title_id, expected?.(held.list.list_id))
    })
    return reply.code(204).header('etag', etagOfRemoval(tagOf(list_id, title_id), version)).send()
  }
  const page = async (
    reply: FastifyReply, list: { readonly list_id: string; readonly profile_id: string; readonly ranked: boolean }, viewer: Viewer, { limit = 20, cursor }: { limit?: number; cursor?: string },
    header: string | undefined,
  ) => {
    const { list_id, ranked } = list
    const place = placeOf(list_id, cursor, isPlace)
    const [after, first] = place === undefined ? [undefined, 0] : [{ place: place[0], title_id: place[1] }, place[2]]
    const { value, from } = await readPage(ports, list_id, { limit: limit + 1, after, readAfter: header })
    const entries = value.slice(0, limit)
    const [notes, people] = await Promise.all([
      wordsOf(ports, entries.flatMap(({ note_id }) => note_id ?? []), from), peopleOfList(ports, viewer, list, entries.map(({ added_by }) => added_by)),
    ])
    const items = entries.map(({ title_id, note_id, added_by, added_at, version }, index) => ({
      title_id, position: ranked ? first + index + 1 : null, note: notes.get(note_id ?? '') ?? null, added_by: people.has(added_by) ? added_by : null,
      added_at: new Date(added_at).toISOString(), version,
    }))
    const last = value.length > limit ? entries.at(-1) : undefined
    return reply.header('served-from', from).send({ items, next_cursor: last === undefined ? null : cursorTo(list_id, [last.place, last.title_id, first + entries.length]) })
  }

  app.put('/v1/members/:profile_id/lists/:list_id/entries/:title_id', {
    config: write,
    schema: {
      tags, summary: 'Put a title into a list, or elsewhere in it', params: OwnEntryPath, querystring: none, headers: WriteHeaders, body: Placing,
      response: { 200: WrittenEntry, 201: WrittenEntry, ...problems },
      description: 'Without `after` and `before` it stays where it is, or comes last. Without `note` its note stays; null removes it.',
    },
  }, async (request, reply) => {
    const { profile_id, list_id, title_id } = request.params
    const { after, before, note } = request.body
    if (after !== undefined && before !== undefined) throw new Refused({ code: 'invalid_request', message: 'goes without `after`: give one of the two', field: 'before' })
    await assertTitle(title_id)
    const where: Where = after !== undefined ? { after } : before !== undefined ? { before } : 'keep_or_last'
    return put(reply, (sql) => lockKept(sql, profile_id, list_id), { title_id, where, note }, () => expectedVersions(request.headers['if-match'], tagOf(list_id, title_id)))
  })

  app.delete('/v1/members/:profile_id/lists/:list_id/entries/:title_id', {
    config: write,
    schema: { tags, summary: 'Take a title out of a list', params: OwnEntryPath, querystring: none, headers: WriteHeaders, response: { 204: Type.Null(), ...problems } },
  }, (request, reply) => {
    const { profile_id, list_id, title_id } = request.params
    return remove(reply, (sql) => lockKept(sql, profile_id, list_id), title_id, () => expectedVersions(request.headers['if-match'], tagOf(list_id, title_id)))
  })

  app.post('/v1/members/:profile_id/lists/:list_id/entries', {
    config: write,
    schema: {
      tags, summary: 'Put titles at the end of a list', params: OwnListPath, querystring: none, headers: PostHeaders, body: NewEntries, response: { 200: AppendedEntries, ...problems },
      description: 'Titles that the list has stay as they are. All are added, or none.',
    },
  }, async (request, reply) => {
    const { profile_id, list_id } = request.params
    const { entries } = request.body
    await assertTitles(entries.map(({ title_id }) => title_id), (index) => `entries.${index}.title_id`)
    return sendAnswer(reply, await once(database, request, async (sql) =>
      ({ status: 200, headers: {}, body: await appendEntries(ports, sql, await lockKept(sql, profile_id, list_id), entries) }), vault.requestDigest))
  })

  app.get('/v1/lists/:list_id/entries', {
    config: { access: 'public' },
    schema: { tags, summary: 'Titles of a list, in its order', params: ListPath, querystring: LookingThrough, headers: ReadHeaders, response: { 200: Page(ListEntry), ...problems } },
  }, async (request, reply) => {
    const { as, ...paging } = request.query
    const viewer = viewerOf(request.identity, as)
    const { list } = await seeList(ports, viewer, request.params.list_id, request.headers['read-after'])
    return page(reply, { ...list, ranked: list.ranked === 1 }, viewer, paging, request.headers['read-after'])
  })

  app.put('/v1/members/:profile_id/watchlist/:title_id', {
    config: write,
    schema: { tags, summary: 'Put a title on top of your watchlist, unless it is there', params: OwnTitlePath, querystring: none, response: { 200: WrittenEntry, 201: WrittenEntry, ...problems } },
  }, async (request, reply) => {
    const { profile_id, title_id } = request.params
    await assertTitle(title_id)
    return put(reply, (sql) => lockFixed(ports, sql, profile_id, 'watchlist'), { title_id, where: 'keep_or_first' })
  })

  app.delete('/v1/members/:profile_id/watchlist/:title_id', {
    config: write,
    schema: { tags, summary: 'Take a title off your watchlist', params: OwnTitlePath, querystring: none, response: { 204: Type.Null(), ...problems } },
  }, (request, reply) => remove(reply, (sql) => lockFixed(ports, sql, request.params.profile_id, 'watchlist'), request.params.title_id))

  const fixedOf = async (request: { readonly headers: Readonly<Record<string, unknown>> }, profile_id: string, kind: 'watchlist' | 'favourites') => {
    const { 'read-after': header } = request.headers as { readonly 'read-after'?: string }
    return database[readAfter(header).length > 0 ? 'read' : 'readCopy']((sql) => loadFixed(sql, profile_id, kind))
  }

  app.get('/v1/members/:member/watchlist', {
    config: { access: 'public' },
    schema: { tags, summary: "A member's watchlist", params: MemberPath, querystring: LookingThrough, headers: ReadHeaders, response: { 200: Page(ListEntry), ...problems } },
  }, async (request, reply) => {
    const { as, ...paging } = request.query
    const viewer = viewerOf(request.identity, as)
    const { card, standing } = await findMember(ports.views.members, request.params.member, viewer)
    const list = seesActivity(standing) ? await fixedOf(request, card.profile_id, 'watchlist') : undefined
    return list === undefined ? reply.send({ items: [], next_cursor: null }) : page(reply, list, viewer, paging, request.headers['read-after'])
  })

  app.put('/v1/members/:profile_id/favourites', {
    config: write,
    schema: { tags, summary: 'Say which four titles you love most', params: OwnPath, querystring: none, body: Favourites, response: { 200: FavouriteTitles, ...problems } },
  }, async (request, reply) => {
    const { title_ids } = request.body
    if (title_ids.length > mostEntries.favourites) throw new Refused({ code: 'too_many_favourites', message: `must be ${mostEntries.favourites} at most`, field: 'title_ids' })
    await assertTitles(title_ids, (index) => `title_ids.${index}`)
    await prepareToTell(ports)
    await database.transact(async (sql) => setFavourites(ports, sql, await lockFixed(ports, sql, request.params.profile_id, 'favourites'), title_ids))
    return reply.send({ title_ids })
  })

  app.get('/v1/members/:member/favourites', {
    config: { access: 'public' },
    schema: { tags, summary: "A member's favourites, in their order", params: MemberPath, querystring: Looking, headers: ReadHeaders, response: { 200: FavouriteTitles, ...problems } },
  }, async (request, reply) => {
    const { card, standing } = await findMember(ports.views.members, request.params.member, viewerOf(request.identity, request.query.as))
    const list = seesActivity(standing) ? await fixedOf(request, card.profile_id, 'favourites') : undefined
    const entries = list === undefined ? [] : await database.read((sql) => readEntries(sql, list.list_id, mostEntries.favourites, ''))
    return reply.header('served-from', 'mysql').send({ title_ids: entries.map(({ title_id }) => title_id) })
  })
}
