/** Rows of an upload as rows of an import that wait to be matched. Nothing of an upload is dropped: what cannot be read is a row with what is wrong with it. */
import { itemIds } from './import-ids.ts'
import { decideStanding, type Row } from './import-row.ts'
import type { ImportRow, Problem, Upload } from './interchange/rows.ts'

const fresh = { title_id: null, matched: null, alternatives: [], found_id: null, resolution: null, outcome: null, why: null } as const
const nothing = { viewings: [], ratings: new Map<string, never>(), social: new Set<string>() }
const placeOf = ({ file, line }: Pick<Problem, 'file' | 'line'>): string => JSON.stringify([file, line])

/** The row that a row is of: an entry's list, a review's viewing. */
function ofRow(row: ImportRow, lists: ReadonlyMap<string, number>): number | null {
  if (row.kind === 'list_entry') return lists.get(row.list) ?? null
  return row.kind === 'review' ? row.viewing : null
}

/** All rows, numbered from 0. */
export function rowsOfUpload(profile_id: string, { source, rows, problems }: Upload): readonly Row[] {
  const words = Map.groupBy(problems, placeOf)
  const lists = new Map(rows.flatMap((row, index): [string, number][] => (row.kind === 'list' ? [[row.key, index]] : [])))
  const ids = itemIds(profile_id, source, rows)
  const told = new Set<string>()
  const placed = rows.map((row, row_number): Row => {
    const place = placeOf(row)
    const said = words.get(place)
    told.add(place)
    const base = { row, message: said?.map(({ message }) => message).join('; ') ?? null, row_number, kind: row.kind, item_id: ids[row_number] ?? '', of_row: ofRow(row, lists), ...fresh }
    return { ...base, state: row.kind === 'kept' ? decideStanding(base, null, nothing, undefined).state : 'waiting' }
  })
  const others = problems.filter((problem) => !told.has(placeOf(problem)))
  const left = itemIds(profile_id, source, others.map(({ file, line }) => ({ kind: 'kept', what: 'unreadable', file, line: line ?? 0, columns: {} })))
  return [...placed, ...others.map(({ file, line, message }, index): Row => ({
    row: null, message: `${file}${line === null ? '' : `, line ${line}`}: ${message}`,
    row_number: placed.length + index, kind: 'kept', state: 'problem', item_id: left[index] ?? '', of_row: null, ...fresh,
  }))]
}
