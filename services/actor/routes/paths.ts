/** How two people of the screen are connected: "six degrees of separation", over the titles that people share. */
import Type from 'typebox'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields, Nullable, Ulid } from '../../shared/text.ts'
import type { ActorPorts } from '../ports.ts'

const Step = Fields({ kind: Type.Enum(['person', 'title']), person_id: Nullable(Ulid), title_id: Nullable(Ulid), name: Type.String() })

export const pathRoutes: Routes<ActorPorts> = ({ views }) => async (app) => {
  app.get('/v1/people/:person_id/path/:other_id', {
    config: { access: 'public' },
    schema: {
      tags: ['people'], summary: 'The shortest way from one person to another', params: Fields({ person_id: Ulid, other_id: Ulid }), querystring: Fields({}),
      response: { 200: Fields({ degrees: Nullable(Type.Integer({ description: 'titles on the way; null where there is no way of six' })), steps: Type.Array(Step) }), ...problems },
    },
  }, async (request, reply) => {
    const { person_id, other_id } = request.params
    for (const [id, field] of [[person_id, 'path.person_id'], [other_id, 'path.other_id']] as const) {
      if ((await views.person(id)) === undefined) throw new Refused({ code: 'person_not_found', message: 'no person has this id', field })
    }
    const steps = await views.path(person_id, other_id)
    return reply.header('served-from', 'view').send({
      degrees: steps === undefined ? null : steps.filter(({ kind }) => kind === 'title').length,
      steps: (steps ?? []).map((step) => ({ kind: step.kind, name: step.name, person_id: step.kind === 'person' ? step.person_id : null, title_id: step.kind === 'title' ? step.title_id : null })),
    })
  })
}
