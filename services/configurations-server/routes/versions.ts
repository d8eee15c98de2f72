/** What an entry was: its versions, who made them and why, and how two differ. */
import Type from 'typebox'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { offsetOf, pageOf } from '../../shared/pagination.ts'
import { Fields, Page, Paging } from '../../shared/text.ts'
import { versionAnswer } from '../answers.ts'
import type { Entry, Version } from '../entry.ts'
import { patchOf, type Json } from '../json-patch.ts'
import type { Named } from '../log.ts'
import type { ConfigurationPorts } from '../ports.ts'
import { Difference, EntryPath, Version as VersionItem, VersionNumber, VersionPath } from '../schemas.ts'
import { mayRead, mayWrite } from './entries.ts'

const tags = ['configuration']
const none = Fields({})
const parsed = (text: string | null): Json => (text === null ? null : (JSON.parse(text) as Json))

export const versionRoutes: Routes<ConfigurationPorts> =
  ({ log }) =>
  async (app) => {
    function entryOf({ namespace, name }: Named): Entry {
      const entry = log.book().entries.get(`${namespace}/${name}`)
      if (entry === undefined) throw new Refused({ code: 'configuration_not_found', message: 'there never was such an entry', field: 'path.name' })
      return entry
    }
    function versionOf(named: Named, number: number, field: string): Version {
      const version = entryOf(named).versions.find((one) => one.version === number)
      if (version === undefined) throw new Refused({ code: 'configuration_version_not_found', message: 'there is no such version', field })
      return version
    }

    app.get(
      '/v1/configuration/:namespace/:name/versions',
      { config: { access: mayRead }, schema: { tags, summary: 'Versions of an entry, newest first', params: EntryPath, querystring: Fields(Paging), response: { 200: Page(VersionItem), ...problems } } },
      async ({ params, query: { limit = 20, cursor } }) => {
        const offset = offsetOf(params, cursor)
        return pageOf(params, entryOf(params).versions.toReversed().slice(offset, offset + limit + 1).map(versionAnswer), { offset, limit })
      },
    )

    app.get(
      '/v1/configuration/:namespace/:name/versions/:version',
      { config: { access: mayRead }, schema: { tags, summary: 'A version of an entry', params: VersionPath, querystring: none, response: { 200: VersionItem, ...problems } } },
      async ({ params }) => versionAnswer(versionOf(params, params.version, 'path.version')),
    )

    app.get(
      '/v1/configuration/:namespace/:name/diff',
      {
        config: { access: mayRead },
        schema: { tags, summary: 'How two versions differ, as JSON Patch (RFC 6902)', params: EntryPath, querystring: Fields({ from: VersionNumber, to: VersionNumber }), response: { 200: Difference, ...problems } },
      },
      async ({ params, query }) => {
        const [from, to] = [versionOf(params, query.from, 'query.from'), versionOf(params, query.to, 'query.to')]
        return {
          from: from.version,
          to: to.version,
          value: [...patchOf(parsed(from.value), parsed(to.value))],
          schema: [...patchOf(parsed(from.schema), parsed(to.schema))],
        }
      },
    )

    app.delete(
      '/v1/configuration/:namespace/:name/versions/:version',
      { config: { access: mayWrite }, schema: { tags, summary: 'Erase a version that is not the newest, for ever', params: VersionPath, querystring: none, response: { 204: Type.Null(), ...problems } } },
      async ({ params }, reply) => {
        await log.erase(params, params.version)
        return reply.code(204).send(null)
      },
    )
  }
