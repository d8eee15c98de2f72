import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { createBook, keyOf, type OpenBook } from './book.ts'
import { current, decide, newest, type Command, type ConfigurationChange, type Draft, type Entry } from './entry.ts'

const named = { namespace: 'services', name: 'inventory.related-limit' }
const key = keyOf(named)
let made = 0
const recordOf = (draft: Draft): ConfigurationChange => {
  const change_id = `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`
  return { ...named, ...draft, revision: `${key}/${draft.version}/${change_id}`, author: 'tools', author_kind: 'service', client_id: 'tools', reason: 'a test', change_id, changed_at: 0 }
}
const draftOf = (entry: Entry | undefined, command: Command): Draft | undefined => {
  const decision = decide(entry, command)
  return isRefusal(decision) ? undefined : decision[0]
}
const set = (value: number, some: Partial<Extract<Command, { do: 'set' }>> = {}): Command => ({ do: 'set', value: String(value), schema: '{}', expected: 'any', ...some })
/** An entry that had these values. */
function given(...values: readonly (number | 'removed')[]): Entry | undefined {
  const book = createBook()
  for (const [offset, value] of values.entries()) {
    const entry = book.entries.get(key)
    const expected = current(entry) === undefined ? 'none' : 'any'
    const draft = draftOf(entry, value === 'removed' ? { do: 'remove', expected } : set(value, { expected }))
    if (draft === undefined) throw new Error(`giving '${value}': it was refused`)
    book.take(offset, recordOf(draft))
  }
  return book.entries.get(key)
}

describe('setting', () => {
  test('what is new makes version 1', () => {
    expect(decide(undefined, set(20, { expected: 'none' }))).toEqual([{ version: 1, expects: 0, value: '20', schema: '{}', change: 'Set', rolled_back_to: null }])
  })
  test('what is there makes the next version, and keeps its schema where none is given', () => {
    expect(decide(given(20), set(30, { schema: undefined, expected: [1] }))).toMatchObject([{ version: 2, expects: 1, value: '30', schema: '{}' }])
  })
  test('what is removed goes on counting', () => {
    expect(decide(given(20, 'removed'), set(30, { expected: undefined }))).toMatchObject([{ version: 3, expects: 2 }])
  })
  test('the same again changes nothing', () => {
    expect(decide(given(20), set(20))).toEqual([])
  })
  test.each([
    ['what is there, as if it were new', given(20), set(30, { expected: 'none' }), 'version_mismatch'],
    ['what is there, without saying which version', given(20), set(30, { expected: undefined }), 'precondition_required'],
    ['from a version that is not the newest any more', given(20, 30), set(40, { expected: [1] }), 'version_mismatch'],
    ['what is not there, as if it were', undefined, set(20, { expected: [1] }), 'version_mismatch'],
    ['what is removed, from the version it had', given(20, 'removed'), set(30, { expected: [1, 2] }), 'version_mismatch'],
    ['what is new, without a schema', undefined, set(20, { schema: undefined, expected: undefined }), 'invalid_request'],
  ] as const)('%s is refused', (_name, entry, command, code) => {
    expect(decide(entry, command)).toMatchObject({ code })
  })
})

describe('rolling back', () => {
  test('takes an earlier value again, as a version of its own', () => {
    expect(decide(given(20, 30, 40), { do: 'roll_back', to: 1, expected: [3] })).toEqual([{ version: 4, expects: 3, value: '20', schema: '{}', change: 'RolledBack', rolled_back_to: 1 }])
  })
  test('brings back what was removed', () => {
    expect(decide(given(20, 'removed'), { do: 'roll_back', to: 1, expected: undefined })).toMatchObject([{ version: 3, value: '20' }])
  })
  test('to what holds already changes nothing', () => {
    expect(decide(given(20, 30, 20), { do: 'roll_back', to: 1, expected: 'any' })).toEqual([])
  })
  test.each([
    ['to a version there never was', given(20), 7, 'configuration_version_not_found'],
    ['to one that removed it', given(20, 'removed', 30), 2, 'configuration_version_not_found'],
  ] as const)('%s is refused', (_name, entry, to, code) => {
    expect(decide(entry, { do: 'roll_back', to, expected: 'any' })).toMatchObject({ code })
  })
  test('what never was is refused', () => {
    expect(decide(undefined, { do: 'roll_back', to: 1, expected: undefined })).toMatchObject({ code: 'configuration_not_found' })
  })
})

test('removing leaves the versions, and only what is there can be removed', () => {
  const removed = given(20, 'removed')
  expect([current(removed), newest(removed)?.change, removed?.versions.length]).toEqual([undefined, 'Removed', 2])
  expect(decide(removed, { do: 'remove', expected: undefined })).toMatchObject({ code: 'configuration_not_found' })
})

/** What several writers do: each decides on what it has read, which may not be all there is, and its record comes after all others. */
const write = fc.record({
  writer: fc.nat(2),
  command: fc.oneof(
    fc.nat(3).map((value): Command => set(value, { expected: undefined })),
    fc.nat(3).map((value): Command => set(value)),
    fc.integer({ min: 1, max: 6 }).map((to): Command => ({ do: 'roll_back', to, expected: 'any' })),
    fc.constant<Command>({ do: 'remove', expected: 'any' }),
  ),
  reads: fc.boolean(),
})
type Record = { readonly offset: number; readonly change: ConfigurationChange }
function topicOf(writes: readonly { readonly writer: number; readonly command: Command; readonly reads: boolean }[]): readonly Record[] {
  const records: Record[] = []
  const readers = [0, 1, 2].map(() => ({ book: createBook(), next: 0 }))
  for (const { writer, command, reads } of writes) {
    const reader = readers[writer]
    if (reader === undefined) continue
    if (reads) for (const { offset, change } of records.slice(reader.next)) { reader.book.take(offset, change); reader.next = offset + 1 }
    const draft = draftOf(reader.book.entries.get(key), command)
    if (draft !== undefined) records.push({ offset: records.length, change: recordOf(draft) })
  }
  return records
}
const read = (records: readonly Record[]): OpenBook => {
  const book = createBook()
  for (const { offset, change } of records) book.take(offset, change)
  return book
}

describe('whatever several writers do at once', () => {
  test('of the records of a version the first counts, and versions follow without a gap', () => {
    fc.assert(fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
      const records = topicOf(writes)
      const versions = read(records).entries.get(key)?.versions ?? []
      expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1))
      for (const { version, change_id } of versions) expect(change_id).toBe(records.find(({ change }) => change.version === version)?.change.change_id)
    }))
  })

  test('a reader that meets a record twice, or begins anew, knows the same', () => {
    fc.assert(fc.property(fc.array(write, { maxLength: 30 }), fc.nat(30), (writes, again) => {
      const records = topicOf(writes)
      const repeated = [...records.slice(0, again), ...records.slice(Math.max(0, again - 3))]
      expect(read(repeated).entries).toEqual(read(records).entries)
    }))
  })

  test('an erased version is gone for whoever read it before, and for whoever reads what compaction leaves, alike', () => {
    fc.assert(fc.property(fc.array(write, { minLength: 1, maxLength: 30 }), fc.array(write, { maxLength: 10 }), fc.nat(30), (before, after, pick) => {
      const records = topicOf([...before, ...after])
      const versions = read(records).entries.get(key)?.versions ?? []
      const erased = versions[pick % Math.max(1, versions.length - 1)]
      if (erased === undefined || versions.length < 2) return
      const book = read(records)
      const revisions = book.revisions(key, erased.version)
      for (const [index, revision] of revisions.entries()) book.erase(records.length + index, revision)
      const compacted = read(records.filter(({ change }) => !revisions.includes(change.revision)))
      expect(book.entries.get(key)?.versions).toEqual(compacted.entries.get(key)?.versions)
      expect(book.entries.get(key)?.versions.map(({ version }) => version)).toEqual(versions.map(({ version }) => version).filter((version) => version !== erased.version))
      expect(book.has(erased)).toBe(false)
    }))
  })
})
