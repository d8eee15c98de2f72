/** The one route: applications tell what was seen and done in passing. */
import type { FastifyRequest } from 'fastify'
import { instantOf } from '../shared/clock.ts'
import { problems, type Routes } from '../shared/http.ts'
import { sift } from './event.ts'
import type { CollectorPorts } from './ports.ts'
import { Batch, bodyLimit, Taken } from './schemas.ts'

/** Global Privacy Control, and what came before it: the browser objects for the person. */
const objects = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean => headers['sec-gpc'] === '1' || headers['dnt'] === '1'

/** All routes, over any ports. */
export const collector: Routes<CollectorPorts> =
  ({ append, clock }) =>
  async (app) => {
    // navigator.sendBeacon sends text as text/plain, which is JSON here as well
    app.addContentTypeParser('text/plain', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))

    app.post('/v1/telemetry', {
      config: { access: 'public' },
      bodyLimit,
      schema: {
        tags: ['telemetry'], summary: 'What was seen and done in passing', body: Batch, response: { 202: Taken, ...problems },
        description: 'JSON, as application/json or as text/plain; at most 256 KiB. An event that is not well-formed is rejected by itself. Send an event again, '
          + 'with the id that it had, after a 503 or no answer: readers count it once.',
      },
    }, async (request, reply) => {
      const { events, consent = false, profile_id } = request.body
      const { kept, rejected } = sift(events, { consent: consent && !objects(request), profile_id }, instantOf(clock.micros()))
      if (kept.length > 0) await append(kept)
      return reply.code(202).send({ accepted: kept.length, rejected: [...rejected] })
    })
  }
