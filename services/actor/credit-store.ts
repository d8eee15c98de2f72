/** Credits in MySQL. */
import type { Sql } from '../shared/mysql.ts'
import type { Credit, CreditEvent, CreditKey } from './credit.ts'

const columns = 'credit_id, title_id, person_id, role, character_name, credited_as, billing, version'

/** The credit, locked until the transaction ends. */
export const lockCredit = async (sql: Sql, credit_id: string): Promise<Credit | undefined> =>
  (await sql.rows<Credit>(`SELECT ${columns} FROM credits WHERE credit_id = ? FOR UPDATE`, [credit_id]))[0]
/** The credit with this key, locked. MySQL takes characters' names for the same whatever their case and accents. */
export const lockCreditOf = async (sql: Sql, { title_id, person_id, role, character_name }: CreditKey): Promise<Credit | undefined> =>
  (
    await sql.rows<Credit>(
      `SELECT ${columns} FROM credits WHERE title_id = ? AND person_id = ? AND role = ? AND character_name = ? FOR UPDATE`,
      [title_id, person_id, role, character_name],
    )
  )[0]
export const creditsOf = (sql: Sql, person_id: string): Promise<readonly Credit[]> =>
  sql.rows<Credit>(`SELECT ${columns} FROM credits WHERE person_id = ? ORDER BY credit_id`, [person_id])
export const countCredits = async (sql: Sql, person_id: string): Promise<number> =>
  (await sql.rows<{ readonly credits: number }>('SELECT COUNT(*) AS credits FROM credits WHERE person_id = ?', [person_id]))[0]?.credits ??
  0

/** Writes a credit's events. */
export async function append(sql: Sql, credit_id: string, events: readonly CreditEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type === 'CreditRemoved') await sql.run('DELETE FROM credits WHERE credit_id = ?', [credit_id])
    else {
      const { credit } = event
      await sql.run(`INSERT INTO credits (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, [
        credit_id,
        credit.title_id,
        credit.person_id,
        credit.role,
        credit.character_name,
        credit.credited_as,
        credit.billing,
        credit.version,
      ])
    }
  }
}
