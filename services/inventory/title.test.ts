import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefusal, type Refusal } from '../shared/errors.ts'
import { decide, evolve, type Title, type TitleChange, type TitleCommand } from './title.ts'

const known_genres: ReadonlySet<string> = new Set(['crime', 'drama'])
const none = {
  original_name: null,
  release_year: null,
  released_on: null,
  runtime_minutes: null,
  mpaa_rating: null,
  studio: null,
  synopsis: null,
}
const adding = (kind: 'movie' | 'series', genres: readonly string[] = [], countries: readonly string[] = []): TitleCommand => ({
  do: 'add',
  title: { ...none, title_id: 'T', kind, name: 'Heat', source_ref: null, genres, countries },
  known_genres,
  now_us: 5_000,
})

/** The title after commands, each accepted. */
const given = (...commands: readonly TitleCommand[]): Title | undefined =>
  commands.reduce<Title | undefined>((title, command) => {
    const decision = decide(title, command)
    if (isRefusal(decision)) throw new Error(decision.code)
    return decision.reduce(evolve, title)
  }, undefined)
const when = (title: Title | undefined, command: TitleCommand): readonly TitleChange[] | Refusal => decide(title, command)
const season = { do: 'put_season', season_number: 1, season: { name: null, released_on: '1989-12-17' }, now_us: 6_000 } as const
const pilot = {
  do: 'put_episode',
  season_number: 1,
  episode: { episode_number: 1, name: 'Pilot', runtime_minutes: 22, aired_on: null },
  now_us: 7_000,
} as const

describe('a title', () => {
  test('is added with its genres in order, each once', () => {
    expect(given(adding('movie', ['drama', 'crime', 'drama']))).toMatchObject({
      genres: ['crime', 'drama'],
      seasons: [],
      version: 5_000,
      created_at: 5,
      updated_at: 5,
    })
  })
  test('that is there is not added again', () => {
    expect(when(given(adding('movie')), adding('series'))).toEqual([])
  })
  test('has only genres of the vocabulary', () => {
    expect(when(undefined, adding('movie', ['drama', 'dramma']))).toMatchObject({ code: 'unknown_genre', field: 'genres.1' })
    expect(when(given(adding('movie')), { do: 'revise', changes: { genres: ['x'] }, known_genres, now_us: 9 })).toMatchObject({
      code: 'unknown_genre',
      field: 'genres.0',
    })
  })
  test('has only countries of today, in order, each once', () => {
    expect(given(adding('movie', [], ['US', 'GB', 'US']))).toMatchObject({ countries: ['GB', 'US'] })
    const title = given(adding('movie', ['crime'], ['GB']), { do: 'revise', changes: { countries: ['IT', 'FR'] }, known_genres, now_us: 9_000 })
    expect(title).toMatchObject({ genres: ['crime'], countries: ['FR', 'IT'], version: 9_000 })
    expect(when(undefined, adding('movie', [], ['FR', 'SU']))).toMatchObject({ code: 'unknown_country', field: 'countries.1' })
    expect(when(title, { do: 'revise', changes: { countries: ['UK'] }, known_genres, now_us: 9 })).toMatchObject({
      code: 'unknown_country',
      field: 'countries.0',
    })
  })
  test('is revised in what is named, and keeps the rest', () => {
    const title = given(adding('movie', ['crime']), {
      do: 'revise',
      changes: { release_year: 1995, studio: 'Regency' },
      known_genres,
      now_us: 9_000,
    })
    expect(given(adding('movie', ['crime']))).toMatchObject({ release_year: null })
    expect(title).toMatchObject({
      name: 'Heat',
      release_year: 1995,
      studio: 'Regency',
      genres: ['crime'],
      version: 9_000,
      created_at: 5,
      updated_at: 9,
    })
  })
  test('is not revised by what it is already', () => {
    expect(
      when(given(adding('movie', ['crime'], ['US'])), {
        do: 'revise',
        changes: { name: 'Heat', genres: ['crime', 'crime'], countries: ['US'] },
        known_genres,
        now_us: 9,
      }),
    ).toEqual([])
  })
  test('is changed only from a version the writer names', () => {
    const title = given(adding('movie'))
    expect(when(title, { do: 'remove', expected: [4_999], now_us: 9 })).toMatchObject({ code: 'version_mismatch' })
    expect(when(title, { do: 'remove', expected: [1, 5_000], now_us: 9 })).toEqual([{ type: 'TitleRemoved', version: 5_001 }])
  })
  test('that is not there can only be added', () => {
    for (const command of [{ do: 'remove', now_us: 1 }, { do: 'revise', changes: {}, known_genres, now_us: 1 }, season, pilot] as const) {
      expect(when(undefined, command)).toMatchObject({ code: 'title_not_found' })
    }
  })
})

describe('a series', () => {
  test('has seasons with episodes, in order of their numbers', () => {
    const title = given(
      adding('series'),
      { ...season, season_number: 2 },
      season,
      { ...pilot, episode: { ...pilot.episode, episode_number: 2 } },
      pilot,
    )
    expect(
      title?.seasons.map(({ season_number, episodes }) => [season_number, episodes.map(({ episode_number }) => episode_number)]),
    ).toEqual([
      [1, [1, 2]],
      [2, []],
    ])
  })
  test("keeps a season's episodes when the season changes, and loses them with it", () => {
    const title = given(adding('series'), season, pilot, { ...season, season: { name: 'One', released_on: null } })
    expect(title?.seasons).toMatchObject([{ name: 'One', episodes: [{ name: 'Pilot' }] }])
    expect(
      title?.seasons && given(adding('series'), season, pilot, { do: 'remove_season', season_number: 1, now_us: 1 }, season)?.seasons,
    ).toMatchObject([{ episodes: [] }])
  })
  test('loses one episode alone', () => {
    expect(
      given(adding('series'), season, pilot, { do: 'remove_episode', season_number: 1, episode_number: 1, now_us: 1 })?.seasons,
    ).toMatchObject([{ season_number: 1, episodes: [] }])
  })
  test('knows what it lacks', () => {
    const title = given(adding('series'), season)
    expect(when(title, { ...pilot, season_number: 2 })).toMatchObject({ code: 'season_not_found' })
    expect(when(title, { do: 'remove_season', season_number: 2, now_us: 1 })).toMatchObject({ code: 'season_not_found' })
    expect(when(title, { do: 'remove_episode', season_number: 1, episode_number: 1, now_us: 1 })).toMatchObject({
      code: 'episode_not_found',
    })
  })
  test('is no movie', () => {
    expect(when(given(adding('movie')), season)).toMatchObject({ code: 'not_a_series' })
  })
})

const number = fc.integer({ min: 1, max: 3 })
const nameOrNull = fc.constantFrom(null, 'a', 'b')
const anyCommand: fc.Arbitrary<TitleCommand> = fc
  .tuple(
    fc.nat(20_000),
    fc.oneof(
      fc.constantFrom<TitleCommand>(adding('movie'), adding('series', ['crime'])),
      fc
        .record({ studio: nameOrNull, genres: fc.subarray(['crime', 'drama']), countries: fc.subarray(['US', 'FR']) }, { requiredKeys: [] })
        .map((changes): TitleCommand => ({ do: 'revise', changes, known_genres, now_us: 0 })),
      fc.constant<TitleCommand>({ do: 'remove', now_us: 0 }),
      fc
        .tuple(number, nameOrNull)
        .map(([season_number, name]): TitleCommand => ({ ...season, season_number, season: { name, released_on: null } })),
      number.map((season_number): TitleCommand => ({ do: 'remove_season', season_number, now_us: 0 })),
      fc
        .tuple(number, number, fc.constantFrom('a', 'b'))
        .map(([season_number, episode_number, name]): TitleCommand => ({
          ...pilot,
          season_number,
          episode: { ...pilot.episode, episode_number, name },
        })),
      fc
        .tuple(number, number)
        .map(([season_number, episode_number]): TitleCommand => ({ do: 'remove_episode', season_number, episode_number, now_us: 0 })),
    ),
  )
  .map(([now_us, command]) => ({ ...command, now_us }))

describe('whatever is commanded', () => {
  const states = (
    commands: readonly TitleCommand[],
    look: (before: Title | undefined, command: TitleCommand, events: readonly TitleChange[], after: Title | undefined) => void,
  ): void => {
    let title: Title | undefined
    for (const command of commands) {
      const decision = decide(title, command)
      if (isRefusal(decision)) continue
      const after = decision.reduce(evolve, title)
      look(title, command, decision, after)
      title = after
    }
  }
  test('a change raises the version, and nothing else does', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 30 }), (commands) => {
        states(commands, (before, _command, events, after) => {
          if (before !== undefined && after !== undefined) expect(after.version > before.version).toBe(events.length > 0)
        })
      }),
    )
  })
  test('a command done again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 30 }), (commands) => {
        states(commands, (_before, command, _events, after) => {
          const again = decide(after, command)
          expect(isRefusal(again) || again.length === 0).toBe(true)
        })
      }),
    )
  })
  test('seasons and episodes stay in order and single', () => {
    const rising = (numbers: readonly number[]): boolean =>
      numbers.every((value, index) => index === 0 || value > (numbers[index - 1] ?? 0))
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 30 }), (commands) => {
        states(commands, (_before, _command, _events, after) => {
          expect(rising((after?.seasons ?? []).map((one) => one.season_number))).toBe(true)
          for (const { episodes } of after?.seasons ?? []) expect(rising(episodes.map((one) => one.episode_number))).toBe(true)
        })
      }),
    )
  })
})
