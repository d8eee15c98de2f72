import { describe, expect, test } from 'vitest'
import { againstEvents, againstTable, againstTopic, type Row, type Told } from './holds.ts'
import { createLedger, type Entry, type Ledger, type Value } from './ledger.ts'

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
  const inTopic = (of: Ledger, tales: ReadonlyMap<string, Told>, rows: ReadonlyMap<string, Row>): readonly string[] =>
    againstTopic('t', 'rating', of, tales, rows).map(({ what }) => what)

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
  test('of events tells of every acknowledged version', () => {
    const writes = ledger.acknowledged('rating')
    expect(againstEvents('e', writes, told([100, 200], [], { version: 200, removed: false }))).toEqual([])
    expect(againstEvents('e', writes, told([100], [], { version: 100, removed: false })).map(({ what }) => what)).toEqual(['lost'])
  })
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
