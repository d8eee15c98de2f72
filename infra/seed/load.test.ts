import { afterEach, expect, test } from 'vitest'
import { seedMovielens, type SeedOptions } from './load.ts'
import type { SeedProgress } from './progress.ts'
import { startDouble, type ServicesDouble, type Trouble } from './testing.ts'

let running: ServicesDouble | undefined
afterEach(async () => { await running?.close() })
const double = async (trouble: Trouble = {}): Promise<ServicesDouble> => (running = await startDouble(trouble))

const film = (item_id: string, name: string) => ({ item_id, name, original_name: null, release_year: 1990, genres: ['drama'] })
const sample: SeedOptions = {
  patience_ms: 2_000, backoff_ms: 1, token: async () => 'token',
  data: {
    movies: [{ Title: 'Light', 'Release Date': 'Jun 12 1990', 'MPAA Rating': 'PG', 'Running Time min': 101, Distributor: 'Harbour', Director: 'Ada Example' }],
    movielens: {
      films: [film('1', 'Light'), film('2', 'Shade')],
      users: [{ user_id: '7', occupation: 'writer' }, { user_id: '8', occupation: 'other' }],
      ratings: Array.from({ length: 4 }, (_, index) => ({ user_id: index % 2 === 0 ? '7' : '8', item_id: index < 2 ? '1' : '2', stars: 3, rated_at_ms: 1_000 * (index + 1) })),
    },
  },
  facts: {
    films: [{ name: 'Shade', year: 1990, countries: ['FR'], director: ['Bo Sample'], cast: { 'Bo Sample': 'Keeper' } }],
    series: [{
      name: 'Tale', year: 1980, genres: [], cast: {},
      seasons: [{ released_on: '1980-01-02', episodes: [{ name: 'One', aired_on: '1980-01-02' }, { name: 'Two', aired_on: '1980-01-09' }] }],
    }],
    people: {},
  },
}
function kinds(rows: ServicesDouble['rows']): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of [...rows.keys()].map((key) => key.split(' ')[0] ?? '')) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
const added = ({ steps }: Awaited<ReturnType<typeof seedMovielens>>): readonly number[] => Object.values(steps).map((step) => step.added)

test('everything is loaded once: titles with episodes, people, credits, profiles, ratings', async () => {
  const { endpoints, rows } = await double()
  expect(added(await seedMovielens(endpoints, sample))).toEqual([3, 2, 3, 2, 4])
  expect(kinds(rows)).toEqual({ title: 3, season: 1, episode: 2, person: 2, credit: 3, account: 2, profile: 2, rating: 4 })
})

test('a second run adds nothing', async () => {
  const { endpoints, rows } = await double()
  await seedMovielens(endpoints, sample)
  const before = new Map(rows)
  expect(added(await seedMovielens(endpoints, sample))).toEqual([0, 0, 0, 0, 0])
  expect(rows).toEqual(before)
})

test('a title that was loaded before it had countries is given them', async () => {
  const { endpoints, rows } = await double()
  const [shade] = sample.facts?.films ?? []
  if (shade === undefined) throw new Error('the sample has no film')
  const { countries, ...without } = shade
  await seedMovielens(endpoints, { ...sample, facts: { films: [without], series: [], people: {} } })
  expect(rows.get('title movielens:2')).toMatchObject({ countries: [] })
  await seedMovielens(endpoints, sample)
  expect(rows.get('title movielens:2')).toEqual({ title_id: 'T-movielens:2', countries })
})

test('a load that was cut short is finished by the next one', async () => {
  const { endpoints, rows } = await double()
  const cut = new AbortController()
  const onProgress = ({ step, done }: SeedProgress): void => { if (step === 'profiles' && done === 1) cut.abort(new Error('cut')) }
  await expect(seedMovielens(endpoints, { ...sample, onProgress, signal: cut.signal })).rejects.toThrow('cut')
  expect(kinds(rows)['rating']).toBeUndefined()
  expect(added(await seedMovielens(endpoints, sample)).at(-1)).toBe(4)
  expect(kinds(rows)).toMatchObject({ title: 3, account: 2, profile: 2, rating: 4 })
})

test('services that are busy are asked again', async () => {
  const { endpoints, rows } = await double({ busy: true })
  await seedMovielens(endpoints, sample)
  expect(kinds(rows)).toMatchObject({ title: 3, credit: 3, profile: 2, rating: 4 })
})

test('a view that lags behind is waited for, and each title keeps its ratings in the order of time', async () => {
  const { endpoints, ratings } = await double({ viewLag: 2 })
  await seedMovielens(endpoints, sample)
  expect(ratings.length).toBe(4)
  for (const title_id of new Set(ratings.map((rating) => rating.title_id))) {
    const instants = ratings.filter((rating) => rating.title_id === title_id).map((rating) => rating.rated_at)
    expect(instants).toEqual(instants.toSorted())
    expect(instants.length).toBe(2)
  }
})

test('a rating refused for good ends the load and is named', async () => {
  const { endpoints } = await double({ rejectWith: 'rated_in_future' })
  await expect(seedMovielens(endpoints, sample)).rejects.toThrow(/4 of 4 ratings were rejected, first .*1970-01-01T00:00:01.000Z.* with 'rated_in_future'/u)
})

test('services that stay away end the load with the cure', async () => {
  const { endpoints } = await double()
  await running?.close()
  await expect(seedMovielens(endpoints, { ...sample, patience_ms: 20 })).rejects.toThrow(/calling POST 'http:\/\/127\.0\.0\.1:\d+\/v1\/titles': .*ECONNREFUSED.*start the platform/u)
})

test('progress is told for every step to its end', async () => {
  const { endpoints } = await double()
  const told: SeedProgress[] = []
  await seedMovielens(endpoints, { ...sample, onProgress: (progress) => told.push(progress) })
  expect(told.filter(({ done, total }) => done === total).map(({ step, total }) => [step, total]))
    .toEqual([['fetch', 1], ['titles', 3], ['people', 2], ['credits', 3], ['profiles', 2], ['ratings', 4]])
})
