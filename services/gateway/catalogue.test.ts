import { describe, expect, test } from 'vitest'
import { Unavailable } from '../shared/errors.ts'
import { parseTags } from '../shared/etag.ts'
import { bodyFor, createCache, type Kept } from './cache.ts'
import { createCatalogue } from './catalogue.ts'
import type { Answer } from './lanes.ts'
import { ids } from './testing.ts'

const kept = (size: number, some: Partial<Kept> = {}): Kept => ({ body: Buffer.alloc(size, 'x'), etag: '"e"', headers: {}, kept_at: 0, stale: false, ...some })

describe('the cache', () => {
  test('holds no more than its bytes, and lets go first of what was not asked for longest', () => {
    const cache = createCache(200_000)
    for (let i = 0; i < 100; i++) {
      cache.keep(`k${i}`, kept(1_000))
      cache.get('k0')
    }
    expect(cache.state().bytes).toBeLessThanOrEqual(200_000)
    expect([cache.get('k0'), cache.get('k99'), cache.get('k1')].map((one) => one !== undefined)).toEqual([true, true, false])
  })
  test('takes nothing that would drive out much else', () => {
    const cache = createCache(200_000)
    cache.keep('large', kept(50_000))
    expect([cache.get('large'), cache.state()]).toEqual([undefined, { bytes: 0, entries: 0 }])
  })
  test('counts an entry once, however often it is replaced, and not at all once it is dropped', () => {
    const cache = createCache(200_000)
    for (let i = 0; i < 10; i++) cache.keep('k', kept(100))
    const { bytes } = cache.state()
    expect(bytes).toBeLessThan(2_000)
    cache.drop('k')
    expect(cache.state()).toEqual({ bytes: 0, entries: 0 })
  })
  test.each([['gzip', true], ['br, gzip;q=0.5', true], ['*', true], ['gzip;q=0', false], ['br', false], [undefined, false]])('accept-encoding %s: compressed %s', async (accepts, compressed) => {
    const answer = kept(5_000)
    bodyFor(answer, 'gzip')
    await expect.poll(() => answer.gzipped !== undefined).toBe(true)
    expect(bodyFor(answer, accepts).encoding).toBe(compressed ? 'gzip' : undefined)
  })
})

const card = (version: number): Answer => ({ status: 200, headers: { etag: `"${ids.title}.${version}"`, 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ version })) })
const by = { by: 'title' } as const
/** What services read in it. */
const tagIn = parseTags
const brief = { by: 'brief', fresh_ms: 1_000 } as const

/** A catalogue whose view is never behind, and a clock. */
function scene() {
  const state = { now: 1_000_000 }
  const catalogue = createCatalogue(1 << 20, { partitionOf: () => 0, positions: async () => new Map([['t', 100]]) }, () => state.now)
  catalogue.freshness.begin(new Map())
  catalogue.freshness.open()
  return { state, catalogue, key: catalogue.keyOf(by, `/v1/titles/${ids.title}`, { title_id: ids.title }) ?? '' }
}
const versionOf = (found: Awaited<ReturnType<ReturnType<typeof createCatalogue>['ask']>>): unknown => ('kept' in found ? [(JSON.parse(found.kept.body.toString()) as { version: number }).version, found.outcome] : found.answer.status)

describe('a card', () => {
  test('is kept until its title changes, and for half a minute at most where nothing was heard', async () => {
    const { catalogue, key, state } = scene()
    expect(catalogue.find(by, key)).toBeUndefined()
    expect(versionOf(await catalogue.ask(by, key, async () => card(1)))).toEqual([1, 'miss'])
    expect(tagIn(catalogue.find(by, key)?.etag)).toEqual([{ id: ids.title, version: 1, gone: false }])
    catalogue.freshness.heard('t', 5, ids.other)
    expect(catalogue.find(by, key)).toBeDefined()
    catalogue.freshness.heard('t', 6, ids.title)
    expect(catalogue.find(by, key)).toBeUndefined()
    await catalogue.ask(by, key, async () => card(2))
    state.now += 30_001
    expect(catalogue.find(by, key)).toBeUndefined()
  })
  test('that changes while it is asked for is answered, and not kept; who asks after the change does not get it', async () => {
    const { catalogue, key } = scene()
    const answer = Promise.withResolvers<Answer>()
    const early = catalogue.ask(by, key, () => answer.promise)
    await Promise.resolve()
    catalogue.freshness.heard('t', 6, ids.title)
    const late = catalogue.ask(by, key, async () => card(2))
    answer.resolve(card(1))
    expect([versionOf(await early), versionOf(await late)]).toEqual([[1, 'miss'], [2, 'miss']])
    expect(tagIn(catalogue.find(by, key)?.etag)).toEqual([{ id: ids.title, version: 2, gone: false }])
  })
  test('that shows more under the same version has another ETag, so that nobody is told 304 who has less', async () => {
    const { catalogue, key } = scene()
    const etags: (string | undefined)[] = []
    for (const genres of [[], ['crime'], ['crime']]) {
      catalogue.freshness.heard('t', 5, ids.title)
      await catalogue.ask(by, key, async () => ({ ...card(1), body: Buffer.from(JSON.stringify({ genres })) }))
      etags.push(catalogue.find(by, key)?.etag)
    }
    expect([etags[0] === etags[1], etags[1] === etags[2]]).toEqual([false, true])
  })
  test('is asked for once for all who want it at once', async () => {
    const { catalogue, key } = scene()
    let asked = 0
    const call = async (): Promise<Answer> => { asked += 1; return card(1) }
    await Promise.all(Array.from({ length: 20 }, () => catalogue.ask(by, key, call)))
    expect(asked).toBe(1)
  })
  test('that was good last is answered while inventory is away, and says so; not after an hour, and not once the title is gone', async () => {
    const { catalogue, key, state } = scene()
    const away = async (): Promise<never> => { throw new Unavailable('away', { code: 'upstream_unavailable' }) }
    await expect(catalogue.ask(by, key, away)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await catalogue.ask(by, key, async () => card(1))
    catalogue.freshness.heard('t', 6, ids.title)
    expect(versionOf(await catalogue.ask(by, key, away))).toEqual([1, 'stale'])
    expect(versionOf(await catalogue.ask(by, key, async () => ({ status: 503, headers: {}, body: Buffer.from('') })))).toEqual([1, 'stale'])
    state.now += 3_600_001
    await expect(catalogue.ask(by, key, away)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await catalogue.ask(by, key, async () => card(2))
    expect(versionOf(await catalogue.ask(by, key, async () => ({ status: 404, headers: {}, body: Buffer.from('') })))).toBe(404)
    await expect(catalogue.ask(by, key, away)).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })
  test('is looked for under a well-formed id alone, and not under a query', () => {
    const { catalogue } = scene()
    expect([catalogue.keyOf(by, `/v1/titles/${ids.title}?x=1`, { title_id: ids.title }), catalogue.keyOf(by, '/v1/titles/x', { title_id: 'x' })]).toEqual([undefined, undefined])
  })
})

describe('a list', () => {
  test('is kept for a moment under its whole query, with an ETag made of what it says', async () => {
    const { catalogue, state } = scene()
    const list = (text: string): Answer => ({ status: 200, headers: {}, body: Buffer.from(text) })
    const key = catalogue.keyOf(brief, '/v1/trending?limit=5', {}) ?? ''
    const first = await catalogue.ask(brief, key, async () => list('[1]'))
    expect([catalogue.find(brief, key) !== undefined, catalogue.find(brief, '/v1/trending?limit=6')]).toEqual([true, undefined])
    state.now += 1_001
    expect(catalogue.find(brief, key)).toBeUndefined()
    const [same, other] = [await catalogue.ask(brief, key, async () => list('[1]')), await catalogue.ask(brief, key, async () => list('[2]'))]
    const etagOf = (found: typeof first): string => ('kept' in found ? found.kept.etag : '')
    expect([etagOf(same) === etagOf(first), etagOf(other) === etagOf(first)]).toEqual([true, false])
  })
})
