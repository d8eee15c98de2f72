import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import view, { type Card, cardByHandle, cards } from './social-profiles.ts'

const topic = 'cdc.user.social_profiles'
const card = (profile_id: string, handle: string | null, over: Partial<Card> = {}): Card =>
  ({ profile_id, account_id: 'a1', handle, name: 'Ada', bio_id: null, is_private: 0, version: 1, created_at: 5, updated_at: 5, ...over })

/** A store with these cards, and with a row for each of these handles, be it so or not. */
const holding = (held: readonly Card[], handles: readonly (readonly [string, string])[] = []): ScyllaReader => ({
  table: (row) => row,
  run: async (cql, [key]) => (cql.includes('FROM handles') ? handles.filter(([handle]) => handle === key).map(([handle, profile_id]) => ({ handle, profile_id }))
    : held.filter(({ profile_id }) => profile_id === key)) as never,
})

describe('social-profiles', () => {
  it('given a card, finds it by id and by handle', () => {
    const driven = drive(view).apply(created(topic, card('p1', 'ada')))
    expect(driven.rows('cards')).toEqual([card('p1', 'ada')])
    expect(driven.rows('handles')).toEqual([{ handle: 'ada', profile_id: 'p1' }])
  })

  it('given another handle, no longer has the one before', () => {
    const driven = drive(view).apply(created(topic, card('p1', 'ada')), updated(topic, card('p1', 'ada'), card('p1', 'countess', { version: 2 })))
    expect(driven.rows('handles')).toEqual([{ handle: 'countess', profile_id: 'p1' }])
  })

  it('given a card that is written over and removed, has neither name nor handle, and then nothing', () => {
    const left = card('p1', null, { name: '', version: 2 })
    const driven = drive(view).apply(created(topic, card('p1', 'ada')), updated(topic, card('p1', 'ada'), left))
    expect([driven.rows('cards'), driven.rows('handles')]).toEqual([[left], []])
    driven.apply(deleted(topic, left))
    expect(driven.rows('cards')).toEqual([])
  })

  it('given a handle that went from one to another, in whatever order it is heard, has the other\'s', () => {
    const taken = created(topic, card('p2', 'ada'))
    const given = updated(topic, card('p1', 'ada'), card('p1', 'countess', { version: 2 }))
    for (const order of [[given, taken], [taken, given]]) {
      expect(drive(view).apply(created(topic, card('p1', 'ada')), ...order).rows('handles')).toContainEqual({ handle: 'ada', profile_id: 'p2' })
    }
  })

  it('answers cards in the order asked, without those that are not there', async () => {
    const reader = holding([card('p1', 'ada'), card('p2', 'ben')])
    expect((await cards(reader, ['p2', 'p3', 'p1'])).map(({ handle }) => handle)).toEqual(['ben', 'ada'])
  })

  it('goes by the card where a handle is said to be two profiles\'', async () => {
    const handles = [['ada', 'p1'], ['ada', 'p2'], ['ada', 'p3']] as const
    const found = (...held: readonly Card[]) => cardByHandle(holding(held, handles), 'ada')
    expect(await found(card('p1', 'countess'), card('p2', 'ada'))).toEqual(card('p2', 'ada'))
    expect(await found(card('p1', 'ada'), card('p2', 'ada', { version: 2 }))).toEqual(card('p2', 'ada', { version: 2 }))
    expect(await found(card('p1', 'countess'))).toBeUndefined()
  })
})
