/** People in MySQL. */
import { instantOf } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Person, PersonEvent, PersonFields } from './person.ts'

type Stored = Omit<Person, 'created_at' | 'updated_at'> & { readonly created_at: Date; readonly updated_at: Date }

const fieldColumns = ['name', 'born_on', 'died_on', 'birthplace', 'biography'] as const
const columns = ['person_id', ...fieldColumns, 'source_ref', 'version', 'created_at', 'updated_at'].join(', ')
const valuesOf = (fields: PersonFields): readonly (string | null)[] => fieldColumns.map((column) => fields[column])
const personOf = (row: Stored | undefined): Person | undefined =>
  row === undefined ? undefined : { ...row, created_at: row.created_at.getTime(), updated_at: row.updated_at.getTime() }

/** The person, locked until the transaction ends. */
export const lockPerson = async (sql: Sql, person_id: string): Promise<Person | undefined> =>
  personOf((await sql.rows<Stored>(`SELECT ${columns} FROM people WHERE person_id = ? FOR UPDATE`, [person_id]))[0])
/** The person who was imported from there, locked. */
export const lockPersonFrom = async (sql: Sql, source_ref: string): Promise<Person | undefined> =>
  personOf((await sql.rows<Stored>(`SELECT ${columns} FROM people WHERE source_ref = ? FOR UPDATE`, [source_ref]))[0])
export const readPerson = async (sql: Sql, person_id: string): Promise<Person | undefined> =>
  personOf((await sql.rows<Stored>(`SELECT ${columns} FROM people WHERE person_id = ?`, [person_id]))[0])

/** Writes a person's events. */
export async function append(sql: Sql, person_id: string, events: readonly PersonEvent[]): Promise<void> {
  for (const event of events) {
    switch (event.type) {
      case 'PersonAdded': {
        const { person } = event
        await sql.run(`INSERT INTO people (${columns}) VALUES (${columns.replace(/\w+/g, '?')})`, [
          person_id,
          ...valuesOf(person),
          person.source_ref,
          person.version,
          new Date(person.created_at),
          new Date(person.updated_at),
        ])
        break
      }
      case 'PersonRevised':
        await sql.run(
          `UPDATE people SET ${fieldColumns.map((column) => `${column} = ?`).join(', ')}, version = ?, updated_at = ? WHERE person_id = ?`,
          [...valuesOf(event.fields), event.version, new Date(instantOf(event.version)), person_id],
        )
        break
      case 'PersonRemoved':
        await sql.run('DELETE FROM people WHERE person_id = ?', [person_id])
    }
  }
}
