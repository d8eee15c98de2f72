import { firstBuilds } from '@cdlc/streams/runtime/editions.ts'
import title from '@cdlc/streams/views/content/title.ts'
import trending from '@cdlc/streams/views/user/trending.ts'
import { expect, test } from 'vitest'
import { serviceFor } from './testing.ts'
import { asker, viewsReady } from './views.ts'

const editions = (state: 'unread' | 'remembered' | 'read', ...caughtUp: readonly string[]) =>
  ({ state: () => state, of: (view: Parameters<typeof firstBuilds>[0]) => ({ ...firstBuilds(view), caught_up: caughtUp.includes(view.name) }) }) as const

test('a process is ready once every view that it asks has caught up in the version it reads, read or remembered', async () => {
  await expect(viewsReady(editions('unread'), [title])).rejects.toThrow('which builds are live has not been read yet')
  await expect(viewsReady(editions('read'), [title, trending])).rejects.toThrow('title-v2, trending-v2 have not caught up yet')
  await expect(viewsReady(editions('read', 'title'), [title, trending])).rejects.toThrow('trending-v2 has not caught up yet')
  await expect(viewsReady(editions('remembered', 'title'), [title])).resolves.toBeUndefined()
})

test('/readyz says which view is not there yet, and nothing of what else failed', async () => {
  const checks = { views: () => viewsReady(editions('read'), [trending]), mysql: () => Promise.reject(new Error('password of root is wrong')) }
  const app = serviceFor({ name: 'test', description: '', checks, routes: async () => {} })
  const answer = await app.inject('/readyz')
  expect([answer.statusCode, answer.json()]).toEqual([503, expect.objectContaining({ errors: [
    { field: 'views', message: 'trending-v2 has not caught up yet' },
    { field: 'mysql', message: 'does not answer' },
  ] })])
  await app.close()
})

test('each question gets the reader of its own moment', async () => {
  let live = 0
  const ask = asker({ reader: async () => live } as never, trending)
  const build = (): Promise<unknown> => ask(async (reader) => reader)
  expect(await build()).toBe(0)
  live = 1
  expect(await build()).toBe(1)
})
