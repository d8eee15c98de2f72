/** The client over a server that does as it is told. The whole way is tested in configurations-server. */
import type { WatchResponse } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import Type from 'typebox'
import { afterEach, expect, test } from 'vitest'
import { openConfiguration, type Configuration } from './configuration.ts'
import { closeAll, serve } from './grpc-testing.ts'

const opened: Configuration[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((configuration) => configuration.close()))
  await closeAll()
})
function follow({ port }: { readonly port: number }, silence_ms: number) {
  const logged: (readonly [string, unknown])[] = []
  const configuration = openConfiguration({ namespaces: ['services'], address: `127.0.0.1:${port}`, token: async () => 'program', silence_ms, log: (_level, message, fields) => { logged.push([message, fields]) } })
  opened.push(configuration)
  return { configuration, logged }
}
/** Resolves when the state has been each of these, in this order. */
const states = (configuration: Configuration, ...expected: readonly string[]): Promise<void> => new Promise((resolve) => {
  const rest = [...expected]
  const look = (): void => { if (configuration.state() === rest[0]) rest.shift(); if (rest.length === 0) resolve() }
  configuration.onChange(look)
  look()
})
const limitOf = (value: string, resume: string): WatchResponse => ({ entries: { entries: [{ namespace: 'services', name: 'limit', version: 1, value, removed: false }], anew: false }, resume })
const silence = (signal: AbortSignal): Promise<void> => new Promise((resolve) => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })

test('a server that falls silent counts as away; what it said holds, and the next one is told where to go on from', async () => {
  const asked: string[] = []
  const server = await serve({ async *watch(request: { readonly resume: string }, { signal }) {
    asked.push(request.resume)
    yield limitOf(String(asked.length), `${asked.length}.x`)
    await silence(signal)
  } })
  const { configuration } = follow(server, 500)
  await states(configuration, 'current')
  const [before, held] = [asked.length, configuration.text('services', 'limit')]
  await states(configuration, 'stale')
  expect(configuration.text('services', 'limit')).toBe(held)
  await states(configuration, 'current')
  // a busy machine may let more than one pass before it hears anything
  expect(asked.slice(before)).toContain(`${before}.x`)
})

test('heartbeats keep it current', async () => {
  const server = await serve({ async *watch(_request, { signal }) {
    yield limitOf('1', '1.x')
    for (let beats = 0; beats < 60 && !signal.aborted; beats++) {
      await new Promise((resolve) => { setTimeout(resolve, 50) })
      yield { heartbeat: {}, resume: `${beats + 2}.x` }
    }
    yield limitOf('2', '99.x')
    await silence(signal)
  } })
  const { configuration } = follow(server, 2_000)
  const seen: string[] = []
  configuration.onChange(() => { seen.push(configuration.state()) })
  await new Promise<void>((resolve) => { configuration.onChange(() => { if (configuration.text('services', 'limit') === '2') resolve() }) })
  expect(seen).not.toContain('stale')
})

test('a server that refuses is asked again, and that is logged once', async () => {
  let refusals = 0
  const server = await serve({ async *watch(_request, { signal }) {
    if (++refusals <= 3) throw new Error('not now')
    yield limitOf('1', '1.x')
    await silence(signal)
  } })
  const { configuration, logged } = follow(server, 60_000)
  await states(configuration, 'unknown', 'current')
  expect(logged.filter(([message]) => message.startsWith('following'))).toHaveLength(1)
})

test('a setting that this code cannot work with is logged by its name, once, and never by its value', async () => {
  const server = await serve({ async *watch(_request, { signal }) { yield limitOf('"a secret slip"', '1.x'); await silence(signal) } })
  const { configuration, logged } = follow(server, 60_000)
  const limit = configuration.setting({ namespace: 'services', name: 'limit', schema: Type.Integer(), fallback: 7 })
  await configuration.known()
  expect([limit(), limit()]).toEqual([7, 7])
  expect(logged.filter(([, fields]) => JSON.stringify(fields).includes('"name":"limit"'))).toHaveLength(1)
  expect(JSON.stringify(logged)).not.toContain('secret')
})
