import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DeadLetter, record, type Said, said } from './dead-letter.ts'
import { chosen, standing } from './redrive.ts'

const letter: DeadLetter = {
  origin: { topic: 'cdc.user.ratings', partition: 3, offset: 17 }, attempt: 1, key: 't1', value: Buffer.from('value'), headers: { trace: Buffer.from([0, 255]) },
  timestamp: 1_700_000_000_000, code: 'undecodable', error: 'decoding 5 bytes', stack: 'Error: …', edition: 'title-stats_v1',
}
const read = (told: Said): Said | undefined => {
  const { headers = {}, value } = record(told)
  return said({ value, headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) })
}

test('a dead letter comes back as it was written: place, key, bytes, headers and reason', () => {
  expect(read({ state: 'dead', ...letter })).toEqual({ state: 'dead', ...letter })
  expect(read({ state: 'dead', ...letter, key: null, value: null })).toEqual({ state: 'dead', ...letter, key: null, value: null })
})

test('a dead letter lies in the partition of its record, under its identity', () => {
  expect(record({ state: 'dead', ...letter })).toMatchObject({ key: 'cdc.user.ratings/3/17', partition: 3, value: letter.value })
})

test('errors and stacks of any length are cut to what a record can hold', () => {
  const told = read({ state: 'dead', ...letter, error: 'e'.repeat(1e6), stack: 's'.repeat(1e6) })
  expect(told).toMatchObject({ error: 'e'.repeat(2_000), stack: 's'.repeat(8_000) })
})

test('a record of somebody else in the topic says nothing', () => {
  expect(said({ value: Buffer.from('x'), headers: {} })).toBeUndefined()
  expect(said({ value: null, headers: { 'cdlc-state': Buffer.from('dead'), 'cdlc-topic': Buffer.from('t'), 'cdlc-offset': Buffer.from('x') } })).toBeUndefined()
})

const { code: _code, error: _error, stack: _stack, edition: _edition, ...order } = letter
const dead = (attempt: number): Said => ({ state: 'dead', ...letter, attempt })
const sent = (attempt: number, state: 'redrive' | 'discard' = 'redrive'): Said => ({ state, ...order, attempt })
const stateOf = (...all: Said[]) => standing(all)[0]?.state

test('an attempt is pending until it is answered, and again when the next one fails', () => {
  expect(stateOf(dead(1))).toBe('pending')
  expect(stateOf(dead(1), sent(1))).toBe('redriven')
  expect(stateOf(dead(1), sent(1), dead(2))).toBe('pending')
  expect(stateOf(dead(1), sent(1), dead(2), sent(2, 'discard'))).toBe('discarded')
})

test('what is said twice, or again after a crash, stands as what is said once', () => {
  expect(stateOf(dead(1), dead(1), sent(1), sent(1), dead(1))).toBe('redriven')
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 4 }).chain((n) => fc.constantFrom(dead(n), sent(n))), { maxLength: 12 }), fc.nat(12), (all, from) => {
    expect(standing([...all, ...all.slice(from)])).toEqual(standing(all))
  }))
})

test('filters choose by place, key, code, error and time, and all of them must hold', () => {
  const entries = standing([dead(1), { ...dead(1), origin: { topic: 'cdc.content.titles', partition: 0, offset: 2 }, code: 'apply', timestamp: 5 } as Said])
  const offsets = (filter: Parameters<typeof chosen>[1]) => chosen(entries, filter).map((entry) => entry.letter.origin.offset)
  expect(offsets({})).toEqual([2, 17])
  expect(offsets({ topic: 'cdc.user.ratings' })).toEqual([17])
  expect(offsets({ code: 'apply', partition: 3 })).toEqual([])
  expect(offsets({ error: /^decoding/, since: 6 })).toEqual([17])
  expect(offsets({ until: 5 })).toEqual([2])
  expect(offsets({ ids: ['cdc.content.titles/0/2'], key: 't1' })).toEqual([2])
})
