/** Following, letting in, blocking and muting. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { etag, etagOfRemoval } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields } from '../../shared/text.ts'
import type { SocialPorts } from '../ports.ts'
import { mostFollowed, relate, type Changed } from '../relation-commands.ts'
import type { RelationCommand } from '../relation.ts'
import { PairPath, Relation } from '../schemas-members.ts'
import { prepareToTell } from '../tell.ts'

/** What there is to be put and removed of another profile. */
const kinds: readonly { readonly path: string; readonly put?: readonly [RelationCommand, string, string?]; readonly remove: readonly [RelationCommand, string, string?] }[] = [
  {
    path: 'following',
    put: ['follow', 'Follow a profile, or ask a private one to be let in', `Answers \`requested\` where the other lets in alone whom they choose. At most ${mostFollowed} are followed and asked.`],
    remove: ['unfollow', 'Follow no more, or ask no more'],
  },
  { path: 'follow-requests', put: ['let_in', 'Let in a profile that asks to follow'], remove: ['turn_away', 'Turn away a profile that asks to follow'] },
  { path: 'followers', remove: ['remove_follower', 'Have a profile follow no more'] },
  {
    path: 'blocks',
    put: ['block', 'Block a profile', 'Neither follows the other any more, nor finds what the other does. It is not told, and does not find you to block you in turn.'],
    remove: ['unblock', 'Block a profile no more', 'Who followed whom before does not come back.'],
  },
  { path: 'mutes', put: ['mute', 'Have nothing of a profile in one’s feed'], remove: ['unmute', 'Have what a profile does in one’s feed again'] },
]

const idOf = ({ profile_id, other_id }: Changed['row']): string => `${profile_id}.${other_id}`
function tag(reply: FastifyReply, { row, gone }: Changed): FastifyReply {
  if (!gone) return reply.header('etag', etag(idOf(row), row.version))
  return row.version === 0 ? reply : reply.header('etag', etagOfRemoval(idOf(row), row.version))
}

export const relationRoutes: Routes<SocialPorts> =
  (ports) =>
  async (app) => {
    const run = async (command: RelationCommand, { profile_id, other_id }: { readonly profile_id: string; readonly other_id: string }): Promise<Changed> => {
      await prepareToTell(ports)
      return ports.database.transact((sql) => relate(ports, sql, command, profile_id, other_id))
    }
    for (const { path, put, remove } of kinds) {
      const url = `/v1/members/:profile_id/${path}/:other_id`
      const common = { tags: ['relations'], params: PairPath, querystring: Fields({}) }
      const access = { scope: 'social:write' } as const
      if (put !== undefined) {
        const [command, summary, description = ''] = put
        app.put(url, { config: { access }, schema: { ...common, summary, description, response: { 200: Relation, ...problems } } }, async (request, reply) => {
          const changed = await run(command, request.params)
          const { version: _, followed_at, ...rest } = changed.row
          return tag(reply, changed).send({ ...rest, followed_at: followed_at === null ? null : new Date(followed_at).toISOString() })
        })
      }
      const [command, summary, description = ''] = remove
      app.delete(url, { config: { access }, schema: { ...common, summary, description, response: { 204: Type.Null(), ...problems } } }, async (request, reply) =>
        tag(reply, await run(command, request.params)).code(204).send())
    }
  }
