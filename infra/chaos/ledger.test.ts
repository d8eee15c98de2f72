import { describe, expect, test } from 'vitest'
import { againstEvents, againstTable, againstTopic, hear, type Row, type Told, type Word } from './holds.ts'
import { createLedger, type Entry, isRemovable, isThere, type Ledger, settled, type Value } from './ledger.ts'

const id = 'P.T'
const tried = (value: Value): Entry => ({ do: 'try', at: 0, kind: 'rating', id, value })
const acknowledged = (value: Value, version: number): Entry => ({ do: 'ack', at: 0, kind: 'rating', id, value, version })
const refused = (value: Value): Entry => ({ do: 'fail', at: 0, kind: 'rating', id, value, how: 'refused', why: '503' })

const row = (value: number, version: number): ReadonlyMap<string, Row> => new Map([[id, { value, version }]])
const none: ReadonlyMap<string, Row> = new Map()
const inTable = (ledger: Ledger, rows: ReadonlyMap<string, Row>): readonly string[] => againstTable('rating', ledger, rows).map(({ what }) => what)

describe('MySQL', () => {
  const once = createLedger([tried(7), acknowledged(7, 100)])
  test('holds what was acknowledged', () => {
    expect(inTable(once, row(7, 100))).toEqual([])
  })
  test('has lost an acknowledged row that is not there', () => {
    expect(inTable(once, none)).toEqual(['lost'])
  })
  test('holds another value, or another version, than was acknowledged', () => {
    expect(inTable(once, row(6, 100))).toEqual(['other'])
    expect(inTable(once, row(7, 99))).toEqual(['other'])
  })
  test('holds a row that nobody wrote', () => {
    expect(inTable(createLedger(), row(7, 100))).toEqual(['unknown'])
  })
  test('may hold a write that had no answer, or not', () => {
    const doubtful = createLedger([tried(7), acknowledged(7, 100), tried(3), refused(3)])
    expect(inTable(doubtful, row(7, 100))).toEqual([])
    expect(inTable(doubtful, row(3, 101))).toEqual([])
    expect(inTable(doubtful, row(4, 101))).toEqual(['other'])
    expect(inTable(doubtful, row(3, 99))).toEqual(['other'])
    expect(inTable(doubtful, none)).toEqual(['lost'])
  })
  test('may hold nothing where a removal, or the first write, had no answer', () => {
    expect(inTable(createLedger([tried(7), acknowledged(7, 100), tried(null)]), none)).toEqual([])
    expect(inTable(createLedger([tried(7)]), none)).toEqual([])
  })
  test('holds nothing of what was removed', () => {
    const removed = createLedger([tried(7), acknowledged(7, 100), tried(null), acknowledged(null, 100)])
    expect(inTable(removed, none)).toEqual([])
    expect(inTable(removed, row(7, 100))).toEqual(['other'])
  })
  test('has no more choice once a later write was acknowledged', () => {
    const settled = createLedger([tried(3), refused(3), tried(9), acknowledged(9, 200)])
    expect(inTable(settled, row(9, 200))).toEqual([])
    expect(inTable(settled, row(3, 150))).toEqual(['other'])
  })
})

describe('a topic', () => {
  const ledger = createLedger([tried(7), acknowledged(7, 100), tried(8), acknowledged(8, 200)])
  const told = (written: readonly number[], removed: readonly number[], last: Told['last']): ReadonlyMap<string, Told> =>
    new Map([[id, { written: new Set(written), removed: new Set(removed), last }]])
  const inTopic = (of: Ledger, tales: ReadonlyMap<string, Told>, rows: ReadonlyMap<string, Row>, tellsAll = true): readonly string[] =>
    againstTopic({ topic: 't', tellsAll }, 'rating', of, tales, rows).map(({ what }) => what)

  test('tells of every acknowledged write, and ends as MySQL is', () => {
    expect(inTopic(ledger, told([100, 200], [], { version: 200, removed: false }), row(8, 200))).toEqual([])
  })
  test('has lost a write that was acknowledged, though a later one is there', () => {
    expect(inTopic(ledger, told([200], [], { version: 200, removed: false }), row(8, 200))).toEqual(['lost'])
  })
  test('ends with another version than MySQL has', () => {
    expect(inTopic(ledger, told([100, 200], [], { version: 100, removed: false }), row(8, 200))).toEqual(['other'])
  })
  test('tells of removals by the version that was removed', () => {
    const removed = createLedger([tried(7), acknowledged(7, 100), tried(null), acknowledged(null, 100)])
    expect(inTopic(removed, told([100], [100], { version: 100, removed: true }), none)).toEqual([])
    expect(inTopic(removed, told([100], [], { version: 100, removed: false }), none)).toEqual(['lost', 'other'])
  })
  test('that is compacted may have forgotten all but the last state', () => {
    expect(inTopic(ledger, told([200], [], { version: 200, removed: false }), row(8, 200), false)).toEqual([])
    expect(inTopic(ledger, told([100], [], { version: 100, removed: false }), row(8, 200), false)).toEqual(['other'])
  })
})

describe('a topic of events', () => {
  const tale = (written: readonly number[], rest: Partial<Told> = {}): ReadonlyMap<string, Told> =>
    new Map([[id, { written: new Set(written), removed: new Set<number>(), last: { version: written.at(-1) ?? 0, removed: false }, ...rest }]])
  const expected = { told: [{ id, version: 100 }, { id, version: 200 }], stands: new Map([[id, true]]) }
  const inEvents = (of: Parameters<typeof againstEvents>[1], tales: ReadonlyMap<string, Told>): readonly string[] => againstEvents('e', of, tales).map(({ what }) => what)

  test('tells of every acknowledged write once, and ends as the row is', () => {
    expect(inEvents(expected, tale([100, 200]))).toEqual([])
    expect(inEvents(expected, tale([100]))).toEqual(['lost'])
    expect(inEvents(expected, tale([100, 200], { twice: 200 }))).toEqual(['unknown'])
    expect(inEvents(expected, tale([100, 200], { last: { version: 200, removed: true } }))).toEqual(['other'])
  })
  test('tells nothing of what is gone, or takes it back', () => {
    const gone = { told: [], stands: new Map([[id, false]]) }
    expect(inEvents(gone, new Map())).toEqual([])
    expect(inEvents(gone, tale([100]))).toEqual(['other'])
  })
})

describe('a record', () => {
  const heard = (...words: readonly Word[]): readonly unknown[] => {
    const all = { rows: new Map<string, Told>(), first: new Map<string, string>() }
    const repeats = words.map((word) => hear(all, word))
    const tale = all.rows.get(id)
    return [repeats, tale?.twice, tale?.last]
  }
  const word = (version: number, event_id?: string, removed = false): Word => ({ id, version, removed, ...(event_id === undefined ? {} : { event_id }) })
  test('may be delivered again; an event of another id says that something was done twice', () => {
    expect(heard(word(1), word(1), word(2))).toEqual([[false, true, false], undefined, { version: 2, removed: false }])
    expect(heard(word(1, 'a'), word(1, 'a'), word(1, 'b', true))).toEqual([[false, true, false], undefined, { version: 1, removed: true }])
    expect(heard(word(1, 'a'), word(1, 'b'))[1]).toBe(1)
  })
})

describe('a row', () => {
  const known = (...entries: readonly Entry[]): readonly unknown[] => {
    const ledger = createLedger(entries)
    return [settled(ledger, 'rating', id), isThere(ledger, 'rating', id), isRemovable(ledger, 'rating', id)]
  }
  test('is settled, changed and removed by what was answered of it', () => {
    expect(known()).toEqual([null, false, false])
    expect(known(tried(7), acknowledged(7, 100))).toEqual([7, true, true])
    expect(known(tried(7), acknowledged(7, 100), tried(8))).toEqual([undefined, true, false])
    expect(known(tried(7), acknowledged(7, 100), tried(null))).toEqual([undefined, false, true])
    expect(known(tried(7))).toEqual([undefined, false, false])
  })
})

test('a post is unanswered until it is acknowledged or dropped, and tells who made the row', () => {
  const post = (key: string): Entry => ({ do: 'post', at: 0, kind: 'review', id: key, value: 7, by: 'P', url: 'u', body: {} })
  const ledger = createLedger([post('review-0'), post('review-1'), post('review-2')])
  ledger.record({ do: 'ack', at: 0, kind: 'review', id: 'R', value: 7, version: 1, key: 'review-0', by: 'P' })
  ledger.record({ do: 'drop', at: 0, kind: 'review', id: 'review-1', value: 7 })
  expect(ledger.unanswered().map((one) => one.id)).toEqual(['review-2'])
  expect([ledger.posted('review'), ledger.madeBy('R'), ledger.madeBy('S')]).toEqual([3, 'P', undefined])
})

test('the ledger counts what was answered and what was not', () => {
  const kept: Entry[] = []
  const ledger = createLedger([tried(7), acknowledged(7, 100)], (entry) => kept.push(entry))
  ledger.record(tried(8))
  ledger.record(refused(8))
  ledger.record({ ...refused(8), how: 'cut_off' } as Entry)
  expect(ledger.counts()).toEqual({ acknowledged: 1, refused: 1, cut_off: 1 })
  expect(kept).toHaveLength(3)
})
