import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFreshness, type Offsets } from './freshness.ts'

const topic = 'cdc.content.titles'
const credits = 'cdc.content.credits'

/** A view that has come as far as it is told to, and what is stale. */
function scene(marksKept?: number) {
  const stale: string[] = []
  let at: Offsets = new Map()
  let asked = 0
  let away = false
  const freshness = createFreshness({
    partitionOf: () => 0, onStale: (key) => { stale.push(key) }, onAllStale: () => { stale.push('*') }, ...(marksKept === undefined ? {} : { marksKept }),
    positions: async () => {
      asked += 1
      if (away) throw new Error('away')
      return at
    },
  })
  return { freshness, stale, comeTo: (next: Offsets) => { at = next }, leave: () => { away = true }, asked: () => asked }
}
const begun = (marksKept?: number): ReturnType<typeof scene> => {
  const made = scene(marksKept)
  made.freshness.begin(new Map([[0, new Map()]]))
  made.freshness.open()
  return made
}

describe('an answer', () => {
  test('is kept where nothing is known to have changed, without a question', async () => {
    const { freshness, asked } = begun()
    const ticket = await freshness.ticket('A')
    expect(ticket !== undefined && freshness.redeem('A', ticket)).toBe(true)
    expect(asked()).toBe(0)
  })
  test('is not kept until the view has applied the change that was heard of', async () => {
    const { freshness, stale, comeTo } = begun()
    freshness.heard(topic, 7, 'A')
    expect(stale).toEqual(['*', 'A'])
    comeTo(new Map([[topic, 7]]))
    expect(await freshness.ticket('A')).toBeUndefined()
    expect(await freshness.ticket('B')).toBeDefined()
    comeTo(new Map([[topic, 8]]))
    expect(await freshness.ticket('A')).toBeDefined()
  })
  test('waits for the changes of every topic', async () => {
    const { freshness, comeTo } = begun()
    freshness.heard(topic, 7, 'A')
    freshness.heard(credits, 3, 'A')
    comeTo(new Map([[topic, 8]]))
    expect(await freshness.ticket('A')).toBeUndefined()
    comeTo(new Map([[topic, 8], [credits, 4]]))
    expect(await freshness.ticket('A')).toBeDefined()
  })
  test('that was asked for before a change was heard of is not kept after it, though the view has caught up meanwhile', async () => {
    const { freshness, comeTo } = begun()
    const early = await freshness.ticket('A')
    freshness.heard(topic, 7, 'A')
    comeTo(new Map([[topic, 8]]))
    const late = await freshness.ticket('A')
    expect(early !== undefined && freshness.redeem('A', early)).toBe(false)
    expect(late !== undefined && freshness.redeem('A', late)).toBe(true)
  })
  test('is not kept before the view has come to where following began', async () => {
    const { freshness, comeTo } = scene()
    freshness.begin(new Map([[0, new Map([[topic, 5]])]]))
    expect(await freshness.ticket('A')).toBeUndefined()
    freshness.open()
    comeTo(new Map([[topic, 4]]))
    expect(await freshness.ticket('A')).toBeUndefined()
    comeTo(new Map([[topic, 5]]))
    expect(await freshness.ticket('A')).toBeDefined()
  })
  test('is not kept because of a change that was heard of between the beginning and the opening', async () => {
    const { freshness, comeTo } = scene()
    freshness.begin(new Map([[0, new Map([[topic, 5]])]]))
    freshness.heard(topic, 5, 'A')
    freshness.open()
    comeTo(new Map([[topic, 5]]))
    expect(await freshness.ticket('A')).toBeUndefined()
  })
  test('is not kept while nobody can tell how far the view is, nor when nothing is heard any more', async () => {
    const { freshness, leave, stale } = begun()
    const ticket = await freshness.ticket('B')
    freshness.heard(topic, 7, 'A')
    leave()
    expect(await freshness.ticket('A')).toBeUndefined()
    freshness.end()
    expect(stale.at(-1)).toBe('*')
    expect(await freshness.ticket('C')).toBeUndefined()
    expect(ticket !== undefined && freshness.redeem('B', ticket)).toBe(false)
  })
  test('of any row waits where more changes were heard of than are remembered', async () => {
    const { freshness, comeTo } = begun(2)
    for (const [offset, key] of [[0, 'A'], [1, 'B'], [2, 'C']] as const) freshness.heard(topic, offset, key)
    expect(await freshness.ticket('D')).toBeUndefined()
    comeTo(new Map([[topic, 1]]))
    expect([await freshness.ticket('D'), await freshness.ticket('A'), await freshness.ticket('C')]).toEqual([{ ok: true }, { ok: true }, undefined])
  })
})

/**
 * The race itself, in every order there is: changes are written to a log, the view applies them some time later, they are heard some
 * time later, and answers are asked for and come at any time. Once all is quiet, what is kept is what the view shows.
 */
test('whatever the order of writing, applying, hearing, asking and answering, nothing stale is kept in the end', async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('write', 'apply', 'hear', 'ask', 'answer') as fc.Arbitrary<'write' | 'apply' | 'hear' | 'ask' | 'answer'>, fc.constantFrom('A', 'B')), { maxLength: 60 })
  await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (order, marksKept) => {
    const log: string[] = []
    const kept = new Map<string, number>()
    const shown = new Map<string, number>()
    const underWay: (() => void)[] = []
    let [applied, heard] = [0, 0]
    const freshness = createFreshness({ partitionOf: () => 0, positions: async () => new Map([[topic, applied]]), onStale: (key) => { kept.delete(key) }, onAllStale: () => { kept.clear() }, marksKept })
    freshness.begin(new Map([[0, new Map([[topic, 0]])]]))
    freshness.open()
    const run = {
      write: async (key: string) => { log.push(key) },
      apply: async () => { const key = log[applied]; if (key !== undefined) shown.set(key, ++applied) },
      hear: async () => { const key = log[heard]; if (key !== undefined) freshness.heard(topic, heard++, key) },
      ask: async (key: string) => {
        const ticket = await freshness.ticket(key)
        const answer = shown.get(key) ?? 0
        underWay.push(() => { if (ticket !== undefined && freshness.redeem(key, ticket)) kept.set(key, answer) })
      },
      answer: async () => { underWay.splice(Math.floor(underWay.length / 2), 1)[0]?.() },
    }
    for (const [step, key] of order) await run[step](key)
    while (heard < log.length) await run.hear()
    while (applied < log.length) await run.apply()
    while (underWay.length > 0) await run.answer()
    for (const [key, answer] of kept) expect(answer).toBe(shown.get(key) ?? 0)
  }), { numRuns: 500 })
})
