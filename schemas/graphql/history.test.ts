import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkGraphql, freezeGraphql, type GraphqlPaths } from './history.ts'
import { generateGraphql } from './types.ts'

test('the contract of GraphQL follows its frozen history', () => {
  expect(checkGraphql().breaks).toEqual([])
})
test('the generated types are those of the contract', async () => {
  expect(readFileSync(`${import.meta.dirname}/../generated/graphql.ts`, 'utf8')).toBe(await generateGraphql())
})

describe('a copy of the contract, all of it frozen', () => {
  let folder = ''
  let paths: GraphqlPaths = { current: '', history: '' }
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/cdlc-graphql-`)
    paths = { current: `${folder}/schema.graphql`, history: `${folder}/history` }
    copyFileSync(`${import.meta.dirname}/schema.graphql`, paths.current)
    freezeGraphql(paths)
  })
  afterEach(() => { rmSync(folder, { recursive: true }) })
  const edit = (from: string | RegExp, to: string, path = paths.current): void => {
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(from)
    writeFileSync(path, text.replace(from, to))
  }
  const rules = (): readonly string[] => checkGraphql(paths).breaks.map(({ rule, version }) => `${rule} ${version}`)

  test('is clean', () => {
    expect(checkGraphql(paths)).toEqual({ versions: 1, breaks: [] })
  })
  test('is clean where definitions stand in another order', () => {
    edit(/scalar DateTime/, 'scalar Later')
    edit(/"A day: YYYY-MM-DD\."\nscalar Date\n/, '"A day: YYYY-MM-DD."\nscalar Date\n"An instant: RFC 3339 text."\nscalar DateTime\n')
    edit(/"An instant: RFC 3339 text\."\nscalar Later\n/, '')
    expect(rules()).toEqual([])
  })
  test('may gain a field, an argument that need not be given and a value, once that is frozen too', () => {
    edit('  handle: String!\n', '  handle: String!\n  pronouns: String\n')
    edit('  title(id: ID!): Title', '  title(id: ID!, edition: String): Title')
    edit('  RANKED\n', '  RANKED\n  RANDOM\n')
    expect(rules()).toEqual(['not-frozen 1'])
    expect([freezeGraphql(paths), rules()]).toEqual([2, []])
  })
  test.each([
    ['lose a field', '  mpaaRating: String\n', '', 'FIELD_REMOVED'],
    ['let a field be null that never was', '  handle: String!', '  handle: String', 'FIELD_CHANGED_KIND'],
    ['change the type of one', 'runtimeMinutes: Int', 'runtimeMinutes: String', 'FIELD_CHANGED_KIND'],
    ['ask for an argument more', '  title(id: ID!): Title', '  title(id: ID!, edition: String!): Title', 'REQUIRED_ARG_ADDED'],
    ['lose a value', '  LISTED\n', '', 'VALUE_REMOVED_FROM_ENUM'],
    ['lose a type', /type FeedReason \{[^}]*\}/, '', 'COMPILE'],
    ['give an argument another default', 'order: FeedOrder! = CHRONOLOGICAL', 'order: FeedOrder! = RANKED', 'ARG_DEFAULT_VALUE_CHANGE'],
  ])('may not %s', (_name, from, to, rule) => {
    edit(from, to)
    expect(rules()).toContainEqual(expect.stringMatching(`^${rule} [01]$`))
  })
  test('that is no GraphQL is told as that', () => {
    edit('type Query {', 'type Query {{')
    expect(rules()).toEqual(['COMPILE 0'])
  })
  test('is broken by an edited frozen file, one that is gone, and one that was put there by hand', () => {
    edit('scalar Date\n', 'scalar Date\n\n', `${paths.history}/1.graphql`)
    expect(rules()).toEqual(['frozen-edited 1'])
    copyFileSync(paths.current, `${paths.history}/2.graphql`)
    rmSync(`${paths.history}/1.graphql`)
    expect(rules().toSorted()).toEqual(['frozen-edited 1', 'frozen-edited 2'])
  })
})
