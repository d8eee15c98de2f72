import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { linesOf } from './views-list.ts'
import { ago, type EditionLine, isWell, shownViews, type ViewLine, worstFirst } from './views-show.ts'

const edition = (name: string, some: Partial<EditionLine> = {}): EditionLine => ({
  name, version: 1, build: 0, role: 'live', store: 'redis', state: 'running', lag_records: 0, lag_seconds: 0, records_total: 100, retries_total: 0, last_flush_at: 60_000, ...some })
const line = (name: string, some: Partial<ViewLine> = {}): ViewLine => ({ ...edition(name), others: [], records_per_second: 0, dead_letters_pending: 0, ...some })
const plain = (_: unknown, text: string): string => text
const views = [{ name: 'title', version: 1, store: 'redis' }] as const

describe('the list of views', () => {
  it('shows a line for each, aligned, with figures to the right and a word on all', () => {
    const text = shownViews([
      line('title'),
      line('trending', { build: 2, state: 'retrying', lag_records: 12_345, lag_seconds: 75, records_per_second: 3.26, retries_total: 7, last_flush_at: null, problem: 'redis is away' }),
    ], 64_200, plain)
    expect(text.split('\n')).toEqual([
      '   view      build  store  state     lag (records)    lag  records/s  last flush  dead letters  retries',
      '▲  trending  v1.2   redis  retrying         12,345  1 min        3.3           -             0        7  redis is away',
      '●  title     v1     redis  running               0    0 s          0   4.2 s ago             0        0',
      '',
      '2 views, 1 to look at; 3.3 records/s',
    ])
  })

  it('is as wide in colour as without', () => {
    const coloured = shownViews([line('title')], 64_200, (_, text) => `\u001b[31m${text}\u001b[39m`)
    expect(stripVTControlCharacters(coloured)).toBe(shownViews([line('title')], 64_200, plain))
  })

  it('tells of a build that is filled beside the one that is read', () => {
    expect(shownViews([line('title', { others: [edition('title', { build: 1, role: 'building', lag_records: 5_000 })] })], 0, plain)).toContain('v1 +v1.1 building 5,000 behind')
  })

  it('has the worst first', () => {
    const all = [line('b'), line('a'), line('late', { lag_seconds: 9 }), line('later', { lag_seconds: 90 }), line('letters', { dead_letters_pending: 2 }),
      line('tries', { state: 'retrying' }), line('stands', { state: 'stopped' }), line('gone', { state: 'down' })]
    expect(worstFirst(all).map(({ name }) => name)).toEqual(['gone', 'stands', 'tries', 'later', 'late', 'letters', 'a', 'b'])
    expect(all.filter((view) => !isWell(view)).map(({ name }) => name)).toEqual(['later', 'letters', 'tries', 'stands', 'gone'])
  })

  it.each([[0, '0 s'], [4.25, '4.3 s'], [59, '59 s'], [90, '2 min'], [7_200, '2 h'], [300_000, '3 d']])('says %d seconds as %s', (seconds, text) => {
    expect(ago(seconds)).toBe(text)
  })
})

describe('a line', () => {
  const at = (ms: number, ...editions: readonly EditionLine[]) => ({ at: ms, editions })

  it('has the pace between two looks', () => {
    const [found] = linesOf(views, at(0, edition('title')), at(500, edition('title', { records_total: 150 })), new Map([['title', 3]]))
    expect(found).toMatchObject({ records_per_second: 100, dead_letters_pending: 3, others: [] })
  })

  it('has no pace where the worker was started again in between', () => {
    expect(linesOf(views, at(0, edition('title')), at(500, edition('title', { records_total: 2 })), new Map())[0]).toMatchObject({ records_per_second: null, dead_letters_pending: null })
  })

  it('is of the build that is read', () => {
    const building = edition('title', { build: 4, role: 'building' })
    const [found] = linesOf(views, at(0), at(1, building, edition('title', { build: 3 })), new Map())
    expect(found).toMatchObject({ build: 3, others: [building] })
  })

  it('says of a view that no worker speaks of that it is down', () => {
    expect(linesOf(views, at(0), at(1), new Map())[0]).toMatchObject({ name: 'title', state: 'down', lag_seconds: null })
  })
})
