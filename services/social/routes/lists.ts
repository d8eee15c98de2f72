/** Lists: making, changing, copying and removing them, who keeps them, and reading them. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { etag, etagOfRemoval, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, isInstantAndId, placeOf } from '../../shared/pagination.ts'
import { Fields, Page } from '../../shared/text.ts'
import { addCollaborator, endCollaboration } from '../collaborator-commands.ts'
import { changeList, cloneList, makeList, removeList } from '../list-commands.ts'
import { describeLists, listAnswer, listsPage, peopleOfList, seeList } from '../list-reading.ts'
import type { List } from '../list.ts'
import { findMember, viewerOf } from '../looking.ts'
import type { SocialPorts } from '../ports.ts'
import { Clone, CollaboratorPath, ListCard, ListChanges, ListedList, ListPath, Looking, LookingThrough, MemberPath, NewList, OwnListPath, OwnPath, WrittenList } from '../schemas-lists.ts'
import { prepareToTell } from '../tell.ts'

const tags = ['lists']
const none = Fields({})
const write = { access: { scope: 'social:write' } } as const

/** Routes of lists. */
export const listRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, vault } = ports
  const made = (list: List) => ({ status: 201, headers: { etag: etag(list.list_id, list.version), location: `/v1/lists/${list.list_id}` }, body: listAnswer(list) })
  const send = (reply: FastifyReply, list: List): FastifyReply => reply.header('etag', etag(list.list_id, list.version)).send(listAnswer(list))

  app.post('/v1/members/:profile_id/lists', {
    config: write,
    schema: { tags, summary: 'Make a list', params: OwnPath, querystring: none, headers: PostHeaders, body: NewList, response: { 201: WrittenList, ...problems } },
  }, async (request, reply) => {
    const { description = null, ...words } = request.body
    await prepareToTell(ports)
    return sendAnswer(reply, await once(database, request, async (sql) => made(await makeList(ports, sql, request.params.profile_id, { ...words, description })), vault.requestDigest))
  })

  app.patch('/v1/members/:profile_id/lists/:list_id', {
    config: write,
    schema: { tags, summary: 'Change a list of your own', params: OwnListPath, querystring: none, headers: WriteHeaders, body: ListChanges, response: { 200: WrittenList, ...problems } },
  }, async (request, reply) => {
    const { profile_id, list_id } = request.params
    await prepareToTell(ports)
    return send(reply, await database.transact((sql) => changeList(ports, sql, profile_id, list_id, request.body, expectedVersions(request.headers['if-match'], list_id))))
  })

  app.delete('/v1/members/:profile_id/lists/:list_id', {
    config: write,
    schema: { tags, summary: 'Remove a list of your own, with all that is in it and said of it', params: OwnListPath, querystring: none, headers: WriteHeaders,
      response: { 204: Type.Null(), ...problems },
    },
  }, async (request, reply) => {
    const { profile_id, list_id } = request.params
    await prepareToTell(ports)
    const { version } = await database.transact((sql) => removeList(ports, sql, profile_id, list_id, expectedVersions(request.headers['if-match'], list_id)))
    return reply.code(204).header('etag', etagOfRemoval(list_id, version)).send()
  })

  app.post('/v1/members/:profile_id/lists/:list_id/clones', {
    config: write,
    schema: {
      tags, summary: 'Copy a list that you may see', params: OwnListPath, querystring: none, headers: PostHeaders, body: Clone, response: { 201: WrittenList, ...problems },
      description: 'The copy is private and has the titles in their order; notes and the description stay with those who wrote them.',
    },
  }, async (request, reply) => {
    const { profile_id, list_id } = request.params
    await prepareToTell(ports)
    return sendAnswer(reply, await once(database, request, async (sql) => made(await cloneList(ports, sql, profile_id, list_id, request.body.name))))
  })

  app.put('/v1/members/:profile_id/lists/:list_id/collaborators/:other_id', {
    config: write,
    schema: { tags, summary: 'Let somebody keep a list with you', params: CollaboratorPath, querystring: none, response: { 204: Type.Null(), ...problems } },
  }, async (request, reply) => {
    const { profile_id, list_id, other_id } = request.params
    await prepareToTell(ports)
    await database.transact((sql) => addCollaborator(ports, sql, profile_id, list_id, other_id))
    return reply.code(204).send(null)
  })

  app.delete('/v1/members/:profile_id/lists/:list_id/collaborators/:other_id', {
    config: write,
    schema: {
      tags, summary: 'Keep a list without somebody, or leave it', params: CollaboratorPath, querystring: none, response: { 204: Type.Null(), ...problems },
      description: 'What they have added stays; their notes go with them.',
    },
  }, async (request, reply) => {
    const { profile_id, list_id, other_id } = request.params
    await prepareToTell(ports)
    await database.transact((sql) => endCollaboration(ports, sql, profile_id, list_id, other_id))
    return reply.code(204).send(null)
  })

  app.get('/v1/lists/:list_id', {
    config: { access: 'public' },
    schema: { tags, summary: 'A list', params: ListPath, querystring: Looking, headers: ReadHeaders, response: { 200: ListCard, 304: Type.Null(), ...problems } },
  }, async (request, reply) => {
    const viewer = viewerOf(request.identity, request.query.as)
    const { list, collaborators, from, words } = await seeList(ports, viewer, request.params.list_id, request.headers['read-after'])
    const tag = etag(list.list_id, list.version)
    void reply.header('etag', tag).header('served-from', from)
    if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send(null)
    const [[answer], people] = await Promise.all([describeLists(ports, [list], { from, words }), peopleOfList(ports, viewer, list, collaborators)])
    if (answer === undefined) throw new Error(`describing list '${list.list_id}': there is no description of it`)
    return reply.send({ ...answer, collaborators: [...people] })
  })

  app.get('/v1/members/:member/lists', {
    config: { access: 'public' },
    schema: {
      tags, summary: "A member's lists, newest first", params: MemberPath, querystring: LookingThrough, headers: ReadHeaders, response: { 200: Page(ListedList), ...problems },
      description: 'Those that you may find; a page may hold fewer than `limit` though others follow.',
    },
  }, async (request, reply) => {
    const { as, limit = 20, cursor } = request.query
    const { member } = request.params
    const place = placeOf(member, cursor, isInstantAndId)
    const seen = await findMember(ports.views.members, member, viewerOf(request.identity, as))
    const after = place === undefined ? undefined : { created_at: place[0], list_id: place[1] }
    const { items, next, from } = await listsPage(ports, seen, { limit, after, readAfter: request.headers['read-after'] })
    return reply.header('served-from', from).send({ items, next_cursor: next === undefined ? null : cursorTo(member, next) })
  })
}
