/** Titles in MySQL: the state a decision needs, and the rows an event changes. */
import { GONE } from '@cdlc/streams/runtime/tracing.ts'
import type { Sql } from '../shared/mysql.ts'
import { evolve, type Episode, type Season, type Title, type TitleChange, type TitleFields } from './title.ts'

interface TitleRow extends TitleFields {
  readonly title_id: string
  readonly kind: 'movie' | 'series'
  readonly source_ref: string | null
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
}
type SeasonRow = Omit<Season, 'episodes'>
type EpisodeRow = Episode & { readonly season_number: number }

const fieldColumns = [
  'name',
  'original_name',
  'release_year',
  'released_on',
  'runtime_minutes',
  'mpaa_rating',
  'studio',
  'synopsis',
] as const
const valuesOf = (fields: TitleFields): readonly (string | number | null)[] => fieldColumns.map((column) => fields[column])
const columns = ['title_id', 'kind', ...fieldColumns, 'source_ref', 'version', 'created_at', 'updated_at'].join(', ')

async function assembled(sql: Sql, row: TitleRow | undefined): Promise<Title | undefined> {
  if (row === undefined) return undefined
  const genres = await sql.rows<{ readonly genre: string }>('SELECT genre FROM title_genres WHERE title_id = ? ORDER BY genre', [
    row.title_id,
  ])
  const countries = await sql.rows<{ readonly country: string }>('SELECT country FROM title_countries WHERE title_id = ? ORDER BY country', [
    row.title_id,
  ])
  const seasons =
    row.kind === 'movie'
      ? []
      : await sql.rows<SeasonRow>('SELECT season_number, name, released_on FROM seasons WHERE title_id = ? ORDER BY season_number', [
          row.title_id,
        ])
  const episodes =
    seasons.length === 0
      ? []
      : await sql.rows<EpisodeRow>(
          'SELECT season_number, episode_number, name, runtime_minutes, aired_on FROM episodes ' +
            'WHERE title_id = ? ORDER BY season_number, episode_number',
          [row.title_id],
        )
  return {
    ...row,
    created_at: row.created_at.getTime(),
    updated_at: row.updated_at.getTime(),
    genres: genres.map(({ genre }) => genre),
    countries: countries.map(({ country }) => country),
    seasons: seasons.map((season) => ({
      ...season,
      episodes: episodes.flatMap(({ season_number, ...episode }) => (season_number === season.season_number ? [episode] : [])),
    })),
  }
}

/** The title, locked until the transaction ends: its parts change under its lock only. */
export const lockTitle = async (sql: Sql, title_id: string): Promise<Title | undefined> =>
  assembled(sql, (await sql.rows<TitleRow>(`SELECT ${columns} FROM titles WHERE title_id = ? FOR UPDATE`, [title_id]))[0])

/** The title that was imported from there, locked. */
export const lockTitleFrom = async (sql: Sql, source_ref: string): Promise<Title | undefined> =>
  assembled(sql, (await sql.rows<TitleRow>(`SELECT ${columns} FROM titles WHERE source_ref = ? FOR UPDATE`, [source_ref]))[0])

/** The title as it stood between two changes, in a transaction. */
export const readTitle = async (sql: Sql, title_id: string): Promise<Title | undefined> =>
  assembled(sql, (await sql.rows<TitleRow>(`SELECT ${columns} FROM titles WHERE title_id = ? FOR SHARE`, [title_id]))[0])

/** The vocabulary. */
export const readGenres = (sql: Sql): Promise<readonly { readonly genre: string; readonly name: string }[]> =>
  sql.rows('SELECT genre, name FROM genres ORDER BY name')

/** Writes a title's events, and answers the title after them. */
export async function append(
  sql: Sql,
  title_id: string,
  title: Title | undefined,
  events: readonly TitleChange[],
): Promise<Title | undefined> {
  let state = title
  for (const event of events) {
    await write(sql, title_id, state, event)
    state = evolve(state, event)
    if (state !== undefined && event.type !== 'TitleAdded' && event.type !== 'TitleRevised') {
      await sql.run('UPDATE titles SET version = ?, updated_at = ?, traceparent = ? WHERE title_id = ?', [
        state.version,
        new Date(state.updated_at),
        sql.traceparent,
        title_id,
      ])
    }
  }
  return state
}

async function write(sql: Sql, title_id: string, before: Title | undefined, event: TitleChange): Promise<void> {
  switch (event.type) {
    case 'TitleAdded': {
      const { title } = event
      await sql.run(`INSERT INTO titles (${columns}, traceparent) VALUES (${columns.replace(/\w+/g, '?')}, ?)`, [
        title_id,
        title.kind,
        ...valuesOf(title),
        title.source_ref,
        title.version,
        new Date(title.created_at),
        new Date(title.updated_at),
        sql.traceparent,
      ])
      await writeList(sql, title_id, genresIn, [], title.genres)
      return writeList(sql, title_id, countriesIn, [], title.countries)
    }
    case 'TitleRevised':
      await sql.run(
        `UPDATE titles SET ${fieldColumns.map((column) => `${column} = ?`).join(', ')}, version = ?, updated_at = ?, traceparent = ? WHERE title_id = ?`,
        [...valuesOf(event.fields), event.version, new Date(Math.floor(event.version / 1000)), sql.traceparent, title_id],
      )
      await writeList(sql, title_id, genresIn, before?.genres ?? [], event.genres)
      return writeList(sql, title_id, countriesIn, before?.countries ?? [], event.countries)
    case 'TitleRemoved':
      // the change of a removal holds the row as it was before: a traced one puts its context there first
      if (sql.traceparent !== null) await sql.run('UPDATE titles SET traceparent = ? WHERE title_id = ?', [sql.traceparent + GONE, title_id])
      for (const table of ['episodes', 'seasons', 'title_genres', 'title_countries', 'titles'])
        await sql.run(`DELETE FROM ${table} WHERE title_id = ?`, [title_id])
      return
    case 'SeasonPut':
      await sql.run(
        'INSERT INTO seasons (title_id, season_number, name, released_on) VALUES (?, ?, ?, ?) AS new ' +
          'ON DUPLICATE KEY UPDATE name = new.name, released_on = new.released_on',
        [title_id, event.season_number, event.season.name, event.season.released_on],
      )
      return
    case 'SeasonRemoved':
      for (const table of ['episodes', 'seasons'])
        await sql.run(`DELETE FROM ${table} WHERE title_id = ? AND season_number = ?`, [title_id, event.season_number])
      return
    case 'EpisodePut': {
      const { episode } = event
      await sql.run(
        'INSERT INTO episodes (title_id, season_number, episode_number, name, runtime_minutes, aired_on) ' +
          'VALUES (?, ?, ?, ?, ?, ?) AS new ' +
          'ON DUPLICATE KEY UPDATE name = new.name, runtime_minutes = new.runtime_minutes, aired_on = new.aired_on',
        [title_id, event.season_number, episode.episode_number, episode.name, episode.runtime_minutes, episode.aired_on],
      )
      return
    }
    case 'EpisodeRemoved':
      await sql.run('DELETE FROM episodes WHERE title_id = ? AND season_number = ? AND episode_number = ?', [
        title_id,
        event.season_number,
        event.episode_number,
      ])
  }
}

interface ListTable {
  readonly table: string
  readonly column: string
}
const genresIn: ListTable = { table: 'title_genres', column: 'genre' }
const countriesIn: ListTable = { table: 'title_countries', column: 'country' }

async function writeList(
  sql: Sql,
  title_id: string,
  { table, column }: ListTable,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const gone = before.filter((value) => !after.includes(value))
  for (const value of gone) await sql.run(`DELETE FROM ${table} WHERE title_id = ? AND ${column} = ?`, [title_id, value])
  await sql.runMany(
    `INSERT INTO ${table} (title_id, ${column}) VALUES ?`,
    after.filter((value) => !before.includes(value)).map((value) => [title_id, value]),
  )
}
