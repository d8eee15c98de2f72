import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Refused, Unavailable } from '../../shared/errors.ts'
import type { Graph } from '../context.ts'
import { activity, memberId, notification } from '../testing.ts'
import type { Viewer } from '../viewer.ts'
import { createHub, ofFeed, ofNotifications, type News } from './hub.ts'
import { reasonOf } from './protocol.ts'
import { bounds, openTalk, type TalkPorts } from './talk.ts'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

const viewer: Viewer = { profile_id: memberId(1), moderates: false, may: () => true }
const life_ms = 60_000
const asked = (query: string) => ({ query })

/** A talk whose answers are the news themselves, with a client that reads unless it is told not to. */
function scene(some: Partial<TalkPorts> = {}) {
  const said: unknown[] = []
  const state = { ended: undefined as readonly [number, string] | undefined, isCut: false, pings: 0, isReading: true, here: [] as string[], failures: [] as unknown[] }
  const hub = createHub()
  const talk = openTalk({
    send: (text, gone) => { if (state.isReading) { said.push(JSON.parse(text)); gone() } },
    ping: () => { state.pings += 1 },
    close: (code, reason) => { state.ended = [code, reason] },
    terminate: () => { state.isCut = true },
  }, {
    hub,
    presence: { enter: (profile_id, isHidden) => { state.here.push(`${profile_id} ${String(isHidden)}`); return () => { state.here.pop() } } },
    greet: async () => viewer,
    prepare: ({ query }) => (query === 'wrong' ? [{ message: 'wrong', extensions: { code: 'invalid_request' } }] : { field: query ?? '', answer: async (_graph, news) => ({ data: news }) }),
    seen: async () => ({}) as Graph,
    unforeseen: (cause) => { state.failures.push(cause) },
    ...some,
  }, life_ms)
  const say = async (message: object): Promise<void> => {
    talk.heard(JSON.stringify(message))
    await vi.advanceTimersByTimeAsync(0)
  }
  const tell = async (news: News): Promise<void> => {
    hub.tell(memberId(1), news)
    await vi.advanceTimersByTimeAsync(0)
  }
  const subscribe = (id: string, field = 'feedActivityAdded') => say({ type: 'subscribe', id, payload: asked(field) })
  const greeted = async (payload?: object): Promise<void> => say({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) })
  return { talk, said, state, hub, say, tell, subscribe, greeted }
}
const ack = { type: 'connection_ack' }

test('a connection is told its news, each once, by every subscription to it, until that is completed', async () => {
  const { said, say, tell, subscribe, greeted } = scene()
  await greeted()
  await subscribe('a')
  await subscribe('b')
  await subscribe('c', 'notificationAdded')
  const [one, two, note] = [ofFeed(activity(1, 2)), ofFeed(activity(2, 2)), ofNotifications(notification(1, 1))]
  for (const news of [one, one, note]) await tell(news)
  await say({ type: 'complete', id: 'a' })
  await tell(two)
  const next = (id: string, data: News) => ({ type: 'next', id, payload: { data } })
  expect(said).toEqual([ack, next('a', one), next('b', one), next('c', note), next('b', two)])
})
test('who is not to hear of something is not told, nor what a view could not be asked about, and what comes after it is', async () => {
  const answers: readonly (() => Promise<Graph | undefined>)[] = [
    async () => undefined, () => Promise.reject(new Unavailable('asking')), () => Promise.reject(new Error('a fault')), async () => ({}) as Graph,
  ]
  let turn = 0
  const { said, state, tell, subscribe, greeted } = scene({ seen: () => answers[turn++]?.() ?? Promise.resolve(undefined) })
  await greeted()
  await subscribe('a')
  for (const number of [1, 2, 3, 4]) await tell(ofFeed(activity(number, 2)))
  expect(said.slice(1)).toEqual([{ type: 'next', id: 'a', payload: { data: ofFeed(activity(4, 2)) } }])
  expect(state.failures).toEqual([new Error('a fault')])
})
test('one is here for as long as the connection is open, and hides where it was asked for', async () => {
  const { talk, state, greeted } = scene()
  await greeted({ presence: false })
  expect(state.here).toEqual([`${memberId(1)} true`])
  talk.closed()
  expect(state.here).toEqual([])
})
test('a closed connection hears nothing more', async () => {
  const { talk, said, hub, tell, subscribe, greeted } = scene()
  await greeted()
  await subscribe('a')
  talk.closed()
  await tell(ofFeed(activity(1, 2)))
  expect([said, hub.hears(memberId(1))]).toEqual([[ack], false])
})

describe('a connection ends', () => {
  const init = '{"type":"connection_init"}'
  const sub = (id: string): string => JSON.stringify({ type: 'subscribe', id, payload: asked('feedActivityAdded') })
  test.each([
    ['by what is no JSON', ['{'], 4_400], ['by what is not text', [undefined], 4_400], ['by a type that there is not', ['{"type":"start"}'], 4_400],
    ['by a field too many', ['{"type":"connection_init","payload":{"token":"x"}}'], 4_400], ['by a subscription before its greeting', [sub('a')], 4_401],
    ['by a second greeting', [init, init], 4_429], ['by an id that is taken', [init, sub('a'), sub('a')], 4_409],
    ['by too many messages', [init, ...Array.from({ length: bounds.messages }, () => '{"type":"ping"}')], 4_429],
  ] as const)('%s', async (_name, messages, code) => {
    const { talk, state, hub } = scene()
    for (const message of messages) {
      talk.heard(message)
      await vi.advanceTimersByTimeAsync(0)
    }
    expect([state.ended?.[0], hub.listeners()]).toEqual([code, []])
    await vi.advanceTimersByTimeAsync(bounds.farewell_ms)
    expect(state.isCut, 'who does not answer is cut').toBe(true)
  })
  test.each([
    ['where somebody else would look', () => Promise.reject(new Refused({ code: 'profile_not_found', message: 'no profile of yours' })), 4_403],
    ['where nobody looks', () => Promise.resolve({ ...viewer, profile_id: undefined }), 4_403],
    ['where nobody can tell who looks', () => Promise.reject(new Unavailable('asking')), 1_013],
    ['by a fault', () => Promise.reject(new Error('a secret')), 4_500],
  ] as const)('%s', async (_name, greet, code) => {
    const { state, greeted, said } = scene({ greet })
    await greeted()
    expect([state.ended?.[0], said]).toEqual([code, []])
    expect(state.ended?.[1]).not.toContain('secret')
  })
  test('where preparing a subscription is a fault, and no other connection with it', async () => {
    const { state, greeted, subscribe } = scene({ prepare: () => { throw new Error('a fault') } })
    await greeted()
    await subscribe('a')
    expect([state.ended?.[0], state.failures]).toEqual([4_500, [new Error('a fault')]])
  })
  test('where nobody is greeted in time', async () => {
    const { state } = scene()
    await vi.advanceTimersByTimeAsync(bounds.greeting_ms)
    expect(state.ended).toEqual([4_408, 'Connection initialisation timeout'])
  })
  test('when its token does', async () => {
    const { state, talk, greeted } = scene()
    await greeted()
    for (let passed = 0; passed < life_ms; passed += 10_000) {
      expect(state.ended).toBeUndefined()
      talk.ponged()
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(state.ended?.[0]).toBe(4_010)
  })
  test('where a ping is not answered by the next', async () => {
    const { state, talk, greeted } = scene()
    await greeted()
    await vi.advanceTimersByTimeAsync(bounds.ping_ms)
    talk.ponged()
    await vi.advanceTimersByTimeAsync(bounds.ping_ms)
    expect([state.pings, state.isCut]).toEqual([2, false])
    talk.closed()
    const silent = scene()
    await silent.greeted()
    await vi.advanceTimersByTimeAsync(2 * bounds.ping_ms)
    expect([silent.state.pings, silent.state.isCut]).toEqual([1, true])
  })
  test('where its client reads no more: so much waits, and no more', async () => {
    const { state, hub, tell, subscribe, greeted } = scene()
    await greeted()
    await subscribe('a')
    state.isReading = false
    // the first is on its way, and does not wait
    for (let number = 0; number <= bounds.waiting; number++) await tell(ofFeed(activity(number, 2)))
    expect(state.ended).toBeUndefined()
    await tell(ofFeed(activity(1_000, 2)))
    expect([state.ended?.[0], hub.listeners(), state.here]).toEqual([4_008, [], []])
    await vi.advanceTimersByTimeAsync(bounds.farewell_ms)
    expect(state.isCut).toBe(true)
  })
})

test('a reason of closing fits its frame, and breaks no character', () => {
  expect([reasonOf('short'), reasonOf('é'.repeat(100)), Buffer.byteLength(reasonOf('x😀'.repeat(50)))]).toEqual(['short', 'é'.repeat(61), 121])
})

test('what is wrong with a subscription, or one too many, is told of it alone', async () => {
  const { said, state, subscribe, greeted, tell } = scene()
  await greeted()
  await subscribe('wrong', 'wrong')
  for (let number = 1; number <= bounds.subscriptions + 1; number++) await subscribe(String(number))
  expect(said.slice(1)).toEqual([
    { type: 'error', id: 'wrong', payload: [{ message: 'wrong', extensions: { code: 'invalid_request' } }] },
    { type: 'error', id: String(bounds.subscriptions + 1), payload: [expect.objectContaining({ extensions: { code: 'rate_limited' } })] },
  ])
  await tell(ofFeed(activity(1, 2)))
  expect([said.length, state.ended]).toEqual([3 + bounds.subscriptions, undefined])
})
