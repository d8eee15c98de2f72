/** Entries as they are now: reading them, and changing them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { identityOf, type Rule } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { isKnown } from '../../shared/etag.ts'
import { flagsNamespace } from '../../shared/flag-rules.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { Fields, Page, Paging } from '../../shared/text.ts'
import { entryAnswer, expectedBy, tagOf } from '../answers.ts'
import { assertFits, flagSchema, textOf } from '../check-value.ts'
import { current, decide, isThere, newest, type Command } from '../entry.ts'
import type { Json } from '../json-patch.ts'
import type { Author, Named } from '../log.ts'
import type { ConfigurationPorts } from '../ports.ts'
import { Entry, EntryPath, NamespaceItem, NamespacePath, NewValue, ReadHeaders, Removal, RollBack, WriteHeaders } from '../schemas.ts'

const tags = ['configuration']
const none = Fields({})
const paged = Fields(Paging)
export const mayRead: Rule = { roles: ['operator', 'service'], scope: 'configuration:read' }
export const mayWrite: Rule = { roles: ['operator', 'service'], scope: 'configuration:write' }

export function authorOf(request: FastifyRequest, reason: string): Author {
  const { subject, kind, client_id } = identityOf(request)
  return { author: subject, author_kind: kind, client_id, reason }
}
const byName = (a: string, b: string): number => (a < b ? -1 : 1)

export const entryRoutes: Routes<ConfigurationPorts> =
  ({ log }) =>
  async (app) => {
    async function change(request: FastifyRequest, reply: FastifyReply, named: Named, reason: string, command: Command): Promise<FastifyReply> {
      const before = current(log.book().entries.get(`${named.namespace}/${named.name}`))
      const entry = await log.change(named, authorOf(request, reason), (state) => {
        const drafts = decide(state, command)
        if (Array.isArray(drafts)) for (const { value, schema } of drafts as readonly { value: string | null; schema: string | null }[]) if (value !== null && schema !== null) assertFits(named.namespace, value, schema)
        return drafts
      })
      const version = newest(entry)
      if (version === undefined) throw new Error(`changing '${named.namespace}/${named.name}': it has no version after it was changed`)
      return reply.code(before === undefined ? 201 : 200).header('etag', tagOf(version)).send(entryAnswer(named, version))
    }

    app.get(
      '/v1/configuration',
      { config: { access: mayRead }, schema: { tags, summary: 'Namespaces', querystring: paged, response: { 200: Page(NamespaceItem), ...problems } } },
      async ({ query: { limit = 20, cursor } }) => {
        const offset = offsetOf('namespaces', cursor)
        const found = new Map<string, { namespace: string; entries: number; changed_at: string }>()
        for (const entry of log.book().entries.values()) {
          const version = current(entry)
          if (version === undefined) continue
          const before = found.get(entry.namespace)
          const changed_at = new Date(version.changed_at).toISOString()
          found.set(entry.namespace, { namespace: entry.namespace, entries: (before?.entries ?? 0) + 1, changed_at: before !== undefined && before.changed_at > changed_at ? before.changed_at : changed_at })
        }
        return pageOf('namespaces', [...found.values()].sort((a, b) => byName(a.namespace, b.namespace)).slice(offset, offset + limit + 1), { offset, limit })
      },
    )

    app.get(
      '/v1/configuration/:namespace',
      { config: { access: mayRead }, schema: { tags, summary: 'Entries of a namespace', params: NamespacePath, querystring: paged, response: { 200: Page(Entry), ...problems } } },
      async ({ params: { namespace }, query: { limit = 20, cursor } }) => {
        const asked = { namespace }
        const offset = offsetOf(asked, cursor)
        const found = [...log.book().entries.values()].filter((entry) => entry.namespace === namespace && isThere(entry)).sort((a, b) => byName(a.name, b.name)).slice(offset, offset + limit + 1)
        return pageOf(asked, found.flatMap((entry) => { const version = current(entry); return version === undefined ? [] : [entryAnswer(entry, version)] }), { offset, limit })
      },
    )

    app.get(
      '/v1/configuration/:namespace/:name',
      { config: { access: mayRead }, schema: { tags, summary: 'An entry', params: EntryPath, querystring: none, headers: ReadHeaders, response: { 200: Entry, 304: Type.Null(), ...problems } } },
      async ({ params, headers }, reply) => {
        const version = current(log.book().entries.get(`${params.namespace}/${params.name}`))
        if (version === undefined) throw new Refused({ code: 'configuration_not_found', message: 'there is no such entry', field: 'path.name' })
        const tag = tagOf(version)
        return isKnown(headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : reply.header('etag', tag).send(entryAnswer(params, version))
      },
    )

    app.put(
      '/v1/configuration/:namespace/:name',
      {
        config: { access: mayWrite },
        schema: { tags, summary: 'Set an entry, or a flag', params: EntryPath, querystring: none, headers: WriteHeaders, body: NewValue, response: { 200: Entry, 201: Entry, ...problems } },
      },
      async (request, reply) => {
        const { params, headers, body } = request
        const isFlag = params.namespace === flagsNamespace
        if (isFlag && body.schema !== undefined) throw new Refused({ code: 'invalid_request', message: 'flags share a schema, which cannot be given', field: 'schema' })
        const schema = isFlag ? flagSchema : body.schema === undefined ? undefined : textOf('schema', body.schema as Json)
        return change(request, reply, params, body.reason, { do: 'set', value: textOf('value', body.value as Json), schema, expected: expectedBy(headers) })
      },
    )

    app.post(
      '/v1/configuration/:namespace/:name/rollback',
      {
        config: { access: mayWrite },
        schema: { tags, summary: 'Take the value of an earlier version again', params: EntryPath, querystring: none, headers: WriteHeaders, body: RollBack, response: { 200: Entry, 201: Entry, ...problems } },
      },
      (request, reply) => change(request, reply, request.params, request.body.reason, { do: 'roll_back', to: request.body.to, expected: expectedBy(request.headers) }),
    )

    app.post(
      '/v1/configuration/:namespace/:name/remove',
      {
        config: { access: mayWrite },
        schema: { tags, summary: 'Remove an entry; its versions stay', params: EntryPath, querystring: none, headers: WriteHeaders, body: Removal, response: { 200: Entry, 201: Entry, ...problems } },
      },
      (request, reply) => change(request, reply, request.params, request.body.reason, { do: 'remove', expected: expectedBy(request.headers) }),
    )
  }
