import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrivenProcessor, driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import processor from './rated-titles.ts'

const ratings = 'cdc.user.ratings'
const titles = 'cdc.content.titles'
type Rating = CdcRows[typeof ratings]
type Title = Pick<CdcRows[typeof titles], 'title_id' | 'version' | 'name' | 'kind' | 'release_year'>
const rating = (version: number, over: Partial<Rating> = {}): Rating => ({ profile_id: 'p1', title_id: 't1', half_stars: 8, rated_at: version, version, ...over })
const title = (version: number, name: string, over: Partial<Title> = {}): Title => ({ title_id: 't1', version, name, kind: 'movie', release_year: 1982, ...over })
const given = async (...changes: readonly Change[]): Promise<DrivenProcessor> => (await driveProcessor(processor)).apply(...changes)
/** What was emitted: op, and the name that the rating has then. */
const told = (driven: DrivenProcessor) => driven.emitted().map(({ op, after }) => [op, after?.['name']])

describe('rated-titles', () => {
  it('given a rating of a known title, tells it with name, kind and year', async () => {
    const driven = await given(created(titles, title(1, 'Blade Runner')), created(ratings, rating(5)))
    expect(driven.emitted()).toEqual([{ op: 'c', before: null, after: { ...rating(5), title_version: 1, name: 'Blade Runner', kind: 'movie', release_year: 1982 } }])
  })

  it('given a rating of a title not known yet, tells it once the title is', async () => {
    const driven = await given(created(ratings, rating(5)))
    expect(driven.emitted()).toEqual([])
    expect(told(driven.apply(created(titles, title(9, 'Blade Runner'))))).toEqual([['c', 'Blade Runner']])
  })

  it('given a title that changes after it was rated, leaves the rating with what it was rated as', async () => {
    const driven = await given(created(titles, title(1, 'Bladerunner')), created(ratings, rating(5)), updated(titles, title(1, 'Bladerunner'), title(7, 'Blade Runner')))
    expect(told(driven)).toEqual([['c', 'Bladerunner']])
    expect(told(driven.apply(updated(ratings, rating(5), rating(8))))).toEqual([['c', 'Bladerunner'], ['u', 'Blade Runner']])
  })

  it('given a version of the title that comes late, corrects the ratings that it concerns and no others', async () => {
    const driven = await given(created(titles, title(1, 'first')), created(ratings, rating(3)), created(ratings, rating(6, { profile_id: 'p2' })), updated(titles, title(1, 'first'), title(5, 'second')))
    expect(told(driven)).toEqual([['c', 'first'], ['c', 'first'], ['u', 'second']])
    expect(driven.emitted().at(-1)?.after).toMatchObject({ profile_id: 'p2', title_version: 5 })
    expect(driven.emitted().at(-1)?.before).toMatchObject({ profile_id: 'p2', title_version: 1 })
  })

  it('given a first version newer than the rating, and then an older one, ends with the older', async () => {
    expect(told(await given(created(ratings, rating(3)), snapshot(titles, title(9, 'late')), snapshot(titles, title(4, 'earlier'))))).toEqual([['c', 'late'], ['u', 'earlier']])
  })

  it('given a title removed, tells nothing, and joins later ratings with what it last was', async () => {
    const driven = await given(created(titles, title(1, 'Alien')), created(ratings, rating(2)), deleted(titles, title(1, 'Alien')), created(ratings, rating(4, { profile_id: 'p2' })))
    expect(told(driven)).toEqual([['c', 'Alien'], ['c', 'Alien']])
  })

  it('given a rating removed, tells its removal; one that was still waiting it forgets', async () => {
    expect(told(await given(created(titles, title(1, 'Alien')), created(ratings, rating(2)), deleted(ratings, rating(2))))).toEqual([['c', 'Alien'], ['d', undefined]])
    const waiting = await given(created(ratings, rating(2)), deleted(ratings, rating(2)), created(titles, title(3, 'Alien')))
    expect([waiting.emitted(), waiting.state('rating')]).toEqual([[], []])
  })

  it('given a rating removed and made again, tells both', async () => {
    const driven = await given(created(titles, title(1, 'Alien')), created(ratings, rating(2)), deleted(ratings, rating(2)), created(ratings, rating(4)))
    expect(told(driven)).toEqual([['c', 'Alien'], ['d', undefined], ['c', 'Alien']])
  })

  it('given the same again, or older than what it has, tells nothing', async () => {
    const driven = await given(created(titles, title(1, 'Alien')), snapshot(ratings, rating(4)), updated(ratings, rating(2), rating(3)), snapshot(ratings, rating(4)), snapshot(titles, title(1, 'Alien')), deleted(ratings, rating(3)))
    expect(told(driven)).toEqual([['c', 'Alien']])
  })

  it('given a title that many have rated before it was known, tells them all, step by step', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => created(ratings, rating(2, { profile_id: `p${n}` })))
    const driven = (await given(...many)).apply(created(titles, title(1, 'Jaws')))
    expect(new Set(driven.emitted().map(({ after }) => after?.['profile_id'])).size).toBe(1_000)
    expect([driven.emitted().length, driven.state('sweep'), driven.state('rating').every((row) => row['title_version'] === 1)]).toEqual([1_000, [], true])
  })

  it('ends with the temporal join of the tables, however their topics interleave', async () => {
    const versions = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 5 })
    const lives = fc.array(fc.record({ profile: fc.nat(2), version: fc.integer({ min: 1, max: 30 }), gone: fc.boolean() }), { maxLength: 12 })
    await fc.assert(fc.asyncProperty(versions, lives, fc.array(fc.boolean(), { maxLength: 20 }), async (titleVersions, written, picks) => {
      const table = new Map<string, Rating>()
      const ofRatings = written.toSorted((a, b) => a.version - b.version).filter(({ version }, n, all) => version !== all[n - 1]?.version).flatMap(({ profile, version, gone }): Change[] => {
        const profile_id = `p${profile}`
        const before = table.get(profile_id)
        const after = rating(version, { profile_id })
        if (gone) table.delete(profile_id)
        else table.set(profile_id, after)
        return before === undefined ? (gone ? [] : [created(ratings, after)]) : [gone ? deleted(ratings, before) : updated(ratings, before, after)]
      })
      const known = titleVersions.toSorted((a, b) => a - b)
      const ofTitles = known.map((version): Change => snapshot(titles, title(version, `name ${version}`)))
      const driven = await given()
      for (let turn = 0; ofRatings.length + ofTitles.length > 0; turn++) {
        const next = (picks[turn] === true ? ofTitles.shift() ?? ofRatings.shift() : ofRatings.shift() ?? ofTitles.shift())
        if (next !== undefined) driven.apply(next)
      }
      const end = new Map<unknown, unknown>()
      for (const { before, after } of driven.emitted()) {
        expect(before).toEqual(end.get((after ?? before)?.['profile_id']) ?? null)
        if (after === null) end.delete(before?.['profile_id'])
        else end.set(after['profile_id'], after)
      }
      const expected = new Map(known.length === 0 ? [] : [...table].map(([profile_id, row]) => {
        const version = known.findLast((candidate) => candidate <= row.version) ?? known[0]
        return [profile_id, { ...row, title_version: version, name: `name ${version}`, kind: 'movie', release_year: 1982 }]
      }))
      expect(end).toEqual(expected)
    }), { numRuns: 300 })
  })
})
