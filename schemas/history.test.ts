import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { schemaOf } from './avro.ts'
import { checkContracts } from './compatibility.ts'
import { freeze, frozenVersions } from './history.ts'
import { compatibilityOf, contracts, subjectOf } from './topics.ts'

describe('the catalogue', () => {
  test('follows its frozen history', () => {
    expect(checkContracts()).toEqual([])
  })

  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/cdlc-history-`)
    for (const spec of contracts) freeze(subjectOf(spec.name), schemaOf(spec.name), folder)
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(`${folder}/${file}`, change(readFileSync(`${folder}/${file}`, 'utf8')))
  const rules = (): readonly string[] => checkContracts(folder).map(({ subject, version, rule }) => `${rule} ${subject}/${version}`)

  test('is clean when all of it is frozen', () => {
    expect(rules()).toEqual([])
  })

  test('is broken by an edited frozen file, even where the edit means nothing', () => {
    edit('cdc.user.ratings-value/1.avsc', (text) => `${text}\n`)
    expect(rules()).toEqual(['frozen-edited cdc.user.ratings-value/1'])
  })

  test('is broken by a frozen file that is gone', () => {
    rmSync(`${folder}/content.title-events-value/1.avsc`)
    expect(rules()).toEqual(['frozen-missing content.title-events-value/1', 'not-frozen content.title-events-value/0'])
  })

  test('is broken by a frozen file that was put there by hand', () => {
    writeFileSync(`${folder}/content.title-events-value/2.avsc`, readFileSync(`${folder}/content.title-events-value/1.avsc`))
    expect(rules()).toEqual(['frozen-unlisted content.title-events-value/2'])
  })

  test('is broken by a history whose topic left the catalogue', () => {
    freeze('cdc.user.diaries-value', schemaOf('cdc.user.ratings'), folder)
    expect(rules()).toEqual(['subject-removed cdc.user.diaries-value/0'])
  })

  test('asks for a freeze where a schema is allowed and new', () => {
    freeze(
      'content.title-events-value',
      {
        ...schemaOf('content.title-events'),
        fields: [...schemaOf('content.title-events').fields, { name: 'note', type: ['null', 'string'], default: null }],
      },
      folder,
    )
    expect(rules()).toEqual(['not-frozen content.title-events-value/2'])
  })

  test('never freezes over a version', () => {
    expect(freeze('cdc.user.ratings-value', schemaOf('cdc.user.ratings'), folder)).toBe(2)
    expect(frozenVersions('cdc.user.ratings-value', folder).map(({ version }) => version)).toEqual([1, 2])
  })

  test('holds CDC to old records, events and what is derived to both ways', () => {
    expect(
      contracts.map((spec) => `${spec.kind} ${compatibilityOf(spec)}`).filter((line, place, all) => all.indexOf(line) === place),
    ).toEqual(['cdc BACKWARD_TRANSITIVE', 'event FULL_TRANSITIVE', 'derived FULL_TRANSITIVE'])
  })
})
