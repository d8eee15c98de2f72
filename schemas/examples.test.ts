import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { schemaOf } from './avro.ts'
import { counterexamplesOf, examplesOf, type Example } from './examples.ts'
import { avroType } from './long.ts'
import { contractProblems } from './problems.ts'
import { contracts } from './topics.ts'

type Row = Readonly<Record<string, unknown>>
interface Envelope {
  readonly op: string
  readonly before: Row | null
  readonly after: Row | null
}
const cdc = contracts.filter((spec) => spec.kind === 'cdc')
const rowsOf = (examples: readonly Example[]): readonly Row[] =>
  examples.flatMap(({ value }) => [(value as Envelope).before, (value as Envelope).after]).filter((row) => row !== null)

const passing = new Map<string, readonly Example[]>()
beforeAll(async () => {
  for (const { name } of contracts) passing.set(name, await examplesOf(name))
})
const examples = (topic: string): readonly Example[] => passing.get(topic) ?? []

describe.each(contracts)('examples of $name', ({ name, record }) => {
  test('keep its contract, and survive the wire', async () => {
    const type = avroType(schemaOf(name))
    expect(examples(name).length).toBeGreaterThanOrEqual(3)
    for (const example of examples(name)) {
      expect({ [example.name]: contractProblems(name, example.value) }).toEqual({ [example.name]: [] })
      expect(type.fromBuffer(type.toBuffer(example.value))).toEqual(example.value)
    }
  })

  test('that fail break it in exactly one place', async () => {
    const failing = await counterexamplesOf(name)
    expect(failing.length).toBeGreaterThanOrEqual(3)
    for (const example of failing)
      expect({ [example.name]: contractProblems(name, example.value) }).toEqual({ [example.name]: [expect.any(String)] })
  })

  test('are all named after the record', async () => {
    const folder = `${import.meta.dirname}/examples/${record.slice(0, record.lastIndexOf('/'))}`
    const known = contracts.map((spec) => spec.record.slice(spec.record.lastIndexOf('/') + 1, -'.avsc'.length))
    for (const file of readdirSync(folder, { withFileTypes: true })) {
      if (file.isFile()) expect(file.name).toMatch(new RegExp(`^(${known.join('|')})\\.[a-z0-9-]+\\.(pass|fail)\\.json$`))
    }
  })
})

test.each(cdc)('examples of $name have every op that its table can', ({ name }) => {
  // a row of nothing but its key cannot be updated
  const ops = ['cdc.content.title_genres', 'cdc.content.title_countries'].includes(name) ? ['c', 'd', 'r'] : ['c', 'd', 'r', 'u']
  expect([...new Set(examples(name).map(({ value }) => (value as Envelope).op))].sort()).toEqual(ops)
})

test.each(cdc)('examples of $name, in order, are a history that MySQL could have written', ({ name, primary_key = [] }) => {
  const rows = new Map<string, Row>()
  const newest = new Map<string, number>()
  for (const { name: example, value } of examples(name)) {
    const { op, before, after } = value as Envelope
    const row = after ?? before ?? {}
    const key = primary_key.map((column) => row[column]).join(':')
    const at = `${example} of ${key}`
    if (op === 'c') expect(rows.has(key), `${at} is there already`).toBe(false)
    if (op === 'u' || op === 'd') expect(before, at).toEqual(rows.get(key))
    if (op === 'r') expect(after, at).toEqual(rows.get(key))
    if (op === 'c' || op === 'u') {
      if (typeof row['version'] === 'number') {
        expect(row['version'], `${at}: version`).toBeGreaterThan(newest.get(key) ?? 0)
        newest.set(key, row['version'])
      }
      rows.set(key, row)
    }
    if (op === 'd') rows.delete(key)
  }
})

test.each([
  ['cdc.content.title_genres', 'title_id', 'cdc.content.titles'],
  ['cdc.content.title_genres', 'genre', 'cdc.content.genres'],
  ['cdc.content.title_countries', 'title_id', 'cdc.content.titles'],
  ['cdc.content.seasons', 'title_id', 'cdc.content.titles'],
  ['cdc.content.episodes', 'season_number', 'cdc.content.seasons'],
  ['cdc.content.credits', 'title_id', 'cdc.content.titles'],
  ['cdc.content.credits', 'person_id', 'cdc.content.people'],
  ['cdc.user.profiles', 'account_id', 'cdc.user.accounts'],
  ['cdc.user.ratings', 'profile_id', 'cdc.user.profiles'],
  ['cdc.user.ratings', 'title_id', 'cdc.content.titles'],
  ['cdc.user.viewings', 'profile_id', 'cdc.user.profiles'],
  ['cdc.user.social_profiles', 'profile_id', 'cdc.user.profiles'],
  ['cdc.user.relations', 'profile_id', 'cdc.user.social_profiles'],
  ['cdc.user.reviews', 'profile_id', 'cdc.user.social_profiles'],
  ['cdc.user.reviews', 'title_id', 'cdc.content.titles'],
  ['cdc.user.reviews', 'text_id', 'cdc.user.texts'],
  ['cdc.user.comments', 'text_id', 'cdc.user.texts'],
  ['cdc.user.list_entries', 'list_id', 'cdc.user.lists'],
  ['cdc.user.list_collaborators', 'list_id', 'cdc.user.lists'],
])('every %s refers by %s to one of %s', (topic, column, to) => {
  const known = new Set(rowsOf(examples(to)).map((row) => row[column]))
  for (const row of rowsOf(examples(topic))) expect(known).toContain(row[column])
})

test.each([
  ['user.activity', 'activity_id'],
  ['user.notifications', 'notification_id'],
])('what examples of %s tell keeps its instant until it is withdrawn, and its versions rise', (topic, id) => {
  const told = new Map<unknown, Row>()
  for (const { name: example, value } of examples(topic)) {
    const row = value as Row
    const before = told.get(row[id])
    const stands = before !== undefined && !String(before['type']).endsWith('Withdrawn')
    expect(row['version'], `${example}: version`).toBeGreaterThan(Number(before?.['version'] ?? 0))
    if (stands) expect([row['profile_id'], row['occurred_at']], example).toEqual([before['profile_id'], before['occurred_at']])
    else expect(row['type'], `${example}: nothing stands to be withdrawn`).not.toMatch(/Withdrawn$/)
    told.set(row[id], row)
  }
})

test('every row of examples of user.feed-entries is one of user.activity, told to a follower', () => {
  const told = examples('user.activity').map(({ value }) => value as Row)
  for (const row of rowsOf(examples('user.feed-entries'))) {
    const columns = Object.keys(row).filter((column) => column !== 'follower_id')
    expect(told.some((activity) => columns.every((column) => activity[column] === row[column])), JSON.stringify(row)).toBe(true)
  }
})

test('ratings hold what the laws want to see: many of one title, a change, a removal, and a return', () => {
  const ratings = examples('cdc.user.ratings').map(({ value }) => value as Envelope)
  const profiles = new Map<unknown, Set<unknown>>()
  for (const row of rowsOf(examples('cdc.user.ratings')))
    profiles.set(row['title_id'], (profiles.get(row['title_id']) ?? new Set()).add(row['profile_id']))
  expect(Math.max(...[...profiles.values()].map((set) => set.size))).toBeGreaterThanOrEqual(3)
  const returned = ratings.filter(
    ({ op, after }, place) =>
      op === 'c'
      && ratings
        .slice(0, place)
        .some(
          (earlier) =>
            earlier.op === 'd'
            && earlier.before?.['profile_id'] === after?.['profile_id']
            && earlier.before?.['title_id'] === after?.['title_id'],
        ),
  )
  expect(returned.length).toBeGreaterThanOrEqual(1)
})
