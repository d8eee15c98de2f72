/** Likes of titles, reviews, lists and comments. */
import Type from 'typebox'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { like, unlike } from '../like-commands.ts'
import type { SocialPorts } from '../ports.ts'
import { Like, LikePath } from '../schemas-reviews.ts'
import { prepareToTell } from '../tell.ts'

const tags = ['likes']
const none = Fields({})
const write = { access: { scope: 'social:write' } } as const

export const likeRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, titles } = ports

  app.put('/v1/members/:profile_id/likes/:subject_kind/:subject_id', {
    config: write,
    schema: { tags, summary: 'Like a title, review, list or comment', params: LikePath, querystring: none, response: { 200: Like, 201: Like, ...problems } },
  }, async (request, reply) => {
    const key = request.params
    if (key.subject_kind === 'title' && !(await knownTitles(titles, [key.subject_id], Date.now())).has(key.subject_id)) {
      throw new Refused({ code: 'subject_not_found', message: 'there is no such thing, or it is not shown to you', field: 'path.subject_id' })
    }
    await prepareToTell(ports)
    const { like: { liked_at }, added } = await database.transact((sql) => like(ports, sql, key))
    return reply.code(added ? 201 : 200).send({ ...key, liked_at: liked_at.toISOString() })
  })

  app.delete('/v1/members/:profile_id/likes/:subject_kind/:subject_id', {
    config: write,
    schema: { tags, summary: 'Take a like back', params: LikePath, querystring: none, response: { 204: Type.Null(), ...problems } },
  }, async (request, reply) => {
    await prepareToTell(ports)
    await database.transact((sql) => unlike(ports, sql, request.params))
    return reply.code(204).send(null)
  })
}
