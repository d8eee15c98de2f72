/** `/healthz`: the process answers. `/readyz`: what it depends on answers too. */
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { NotReady } from './errors.ts'
import { sendProblem, problemOf } from './problem.ts'
import { Fields } from './text.ts'
import { ask } from './views.ts'

export type Checks = Readonly<Record<string, () => Promise<void>>>

const Health = Fields({ status: Type.Literal('ok') })
const operations = { tags: ['operations'], querystring: Fields({}) }

/** Adds both routes. */
export function registerHealth(app: FastifyInstance, checks: Checks): void {
  app.get('/healthz', { schema: { ...operations, summary: 'Is the process alive', response: { 200: Health } } }, async () => ({
    status: 'ok',
  }))
  app.get('/readyz', { schema: { ...operations, summary: 'Can it do its work', response: { 200: Health } } }, async (request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) =>
        ask(name, check()).then(
          () => [],
          (error: unknown) => {
            request.log.warn({ err: error, dependency: name }, 'dependency not ready')
            const { cause } = error as Error
            return [{ field: name, message: cause instanceof NotReady ? cause.message : 'does not answer' }]
          },
        ),
      ),
    )
    const errors = results.flat()
    return errors.length === 0
      ? { status: 'ok' }
      : sendProblem(reply, problemOf('store_unavailable', `not ready: ${errors.map(({ field }) => field).join(', ')}`, errors))
  })
}
