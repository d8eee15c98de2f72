/** The rows of an import: read page by page, and decided about one by one. */
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { cursorTo, placeOf } from '../../shared/pagination.ts'
import { Fields, Page } from '../../shared/text.ts'
import { knownTitles } from '../../shared/titles.ts'
import { resolveRow, noImport } from '../import-commands.ts'
import type { Row } from '../import-row.ts'
import { ImportPath, ImportRow, RowChanges, RowPath, RowsQuery } from '../import-schemas.ts'
import { readImport, readRows } from '../import-store.ts'
import { noProfile } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { readProfileKey } from '../profile-store.ts'

const tags = ['imports']
const none = Fields({})
const isRow = (place: readonly unknown[]): place is readonly [number] => place.length === 1 && Number.isSafeInteger(place[0]) && (place[0] as number) >= 0

export const importRowRoutes: Routes<CustomerPorts> = (ports) => async (app) => {
  const { database, vault, views } = ports

  /** Rows with the names of their titles. */
  async function answers(rows: readonly Row[]) {
    const named = await views.named([...new Set(rows.flatMap(({ title_id, alternatives }) => [...(title_id === null ? [] : [title_id]), ...alternatives]))])
    const titleOf = (title_id: string) => {
      const title = named.get(title_id)
      return title === undefined ? [] : [{ title_id, ...title }]
    }
    return rows.map(({ row_number, kind, state, row, message, title_id, matched, alternatives, resolution, outcome, why }) => ({
      row_number, kind, state, file: row?.file ?? null, line: row?.line ?? null, columns: { ...row?.columns }, message, matched, resolution, outcome, why,
      // one that has no name any more is gone from the catalogue, and still what the row says
      title: title_id === null ? null : (titleOf(title_id)[0] ?? { title_id, name: '', release_year: null }),
      alternatives: alternatives.flatMap(titleOf),
    }))
  }

  app.get('/v1/profiles/:profile_id/imports/:import_id/rows', {
    config: { access: { scope: 'ratings:read' } },
    schema: { tags, summary: 'Rows of an import, as the files have them', params: ImportPath, querystring: RowsQuery, response: { 200: Page(ImportRow), ...problems } },
  }, async ({ params: { profile_id, import_id }, query: { state, kind, limit = 20, cursor } }) => {
    const query = ['import rows', import_id, state ?? '', kind ?? '']
    const [after = -1] = placeOf(query, cursor, isRow) ?? []
    const rows = await database.read(async (sql) => {
      if ((await readImport(sql, profile_id, import_id)) === undefined) throw noImport()
      const key = await readProfileKey(sql, profile_id)
      if (key === undefined) throw noProfile()
      const asked = { states: state === undefined ? undefined : [state], kinds: kind === undefined ? undefined : [kind], after, limit: limit + 1 }
      return readRows(sql, vault, key, import_id, asked)
    })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return { items: await answers(page), next_cursor: rows.length > limit && last !== undefined ? cursorTo(query, [last.row_number]) : null }
  })

  app.patch('/v1/profiles/:profile_id/imports/:import_id/rows/:row_number', {
    config: { access: { scope: 'ratings:write' } },
    schema: {
      tags, summary: 'Say which title a row is of, or what to do about it', params: RowPath, querystring: none, body: RowChanges, response: { 200: ImportRow, ...problems },
      description: 'Without a resolution the newer of two ratings stays, and a viewing that is in the diary already stays as it is.',
    },
  }, async ({ params: { row_number, ...whose }, body }) => {
    const { title_id } = body
    const isKnown = title_id === undefined || (await knownTitles(views.titles, [title_id], Date.now())).has(title_id)
    if (!isKnown) throw new Refused({ code: 'unknown_title', message: 'no title has this id', field: 'title_id' })
    const [answer] = await answers([await database.transact((sql) => resolveRow(ports, sql, whose, row_number, body))])
    if (answer === undefined) throw new Error('deciding about a row: there is no answer')
    return answer
  })
}
