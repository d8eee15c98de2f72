/** Letters on their way: written down first, sent as soon as the mail server takes them, tried again for a day, and never lost in silence. */
import { createTransport } from 'nodemailer'
import { ulid } from 'ulid'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { Unavailable } from '../../shared/errors.ts'
import type { Database } from '../../shared/mysql.ts'
import type { Vault } from '../../shared/personal-data.ts'
import type { Letter } from './letters.ts'

export interface Post {
  /** Takes a letter; it is sent soon. */
  send(letter: Letter): Promise<void>
}
/** Hands one letter to a mail server. */
export type Carrier = (letter: Letter) => Promise<void>

export interface Outbox extends Post {
  /** Sends what is due; answers how many were sent. */
  deliver(report: Report): Promise<number>
  /** Delivers as letters come, and those that wait, until it is called again. */
  follow(report: Report): () => void
}

export interface Report {
  /** A letter could not be delivered within a day, and is gone. */
  readonly lost: (mail_id: string, error: unknown) => void
  /** Nothing could be looked up. */
  readonly failed: (error: unknown) => void
}

const every_ms = 5_000
const life_ms = 86_400_000
const most = 10_000
const batch = 20
/** Until the next attempt: 10 s, 20 s, 40 s… up to an hour. */
export const pause_ms = (attempts: number): number => Math.min(3_600_000, 10_000 * 2 ** Math.min(20, attempts - 1))
/** Nobody else takes a letter for so long once it was taken to be sent. */
const lease_ms = 60_000

/** Hands letters to the server at `smtp`; gives up after 10 s. */
export function smtpCarrier({ smtp, gateway }: Pick<Endpoints, 'smtp' | 'gateway'>): { readonly carry: Carrier; close(): void } {
  const transport = createTransport(smtp.url, {})
  Object.assign(transport.options, { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000, disableFileAccess: true, disableUrlAccess: true })
  const from = { name: 'Creme Dela Creme', address: `no-reply@${new URL(gateway.url).hostname}` }
  return {
    carry: async ({ to, ...letter }) => {
      await transport.sendMail({ ...letter, from, to: { name: '', address: to } })
    },
    close: () => { transport.close() },
  }
}

interface Row {
  readonly mail_id: string
  readonly key_wrapped: Buffer
  readonly letter_sealed: Buffer
  readonly attempts: number
  readonly expires_at: Date
}
const idle = (): void => undefined
const placeOf = (mail_id: string): string => `mail:${mail_id}`

/** Letters in MySQL, sealed. Several processes may deliver at once. */
export function openOutbox(database: Database, vault: Vault, carry: Carrier): Outbox {
  let wake = idle
  const claim = (now: number): Promise<readonly Row[]> => database.transact(async (sql) => {
    const rows = await sql.rows<Row>(
      `SELECT mail_id, key_wrapped, letter_sealed, attempts, expires_at FROM mails WHERE next_at <= ? ORDER BY next_at LIMIT ${batch} FOR UPDATE SKIP LOCKED`, [new Date(now)])
    for (const { mail_id } of rows) await sql.run('UPDATE mails SET next_at = ?, attempts = attempts + 1 WHERE mail_id = ?', [new Date(now + lease_ms), mail_id])
    return rows
  })
  const remove = (mail_id: string): Promise<number> => database.read((sql) => sql.run('DELETE FROM mails WHERE mail_id = ?', [mail_id]))
  async function sendOne({ mail_id, key_wrapped, letter_sealed, attempts, expires_at }: Row, { lost }: Report): Promise<boolean> {
    try {
      await carry(JSON.parse(vault.open({ account_id: placeOf(mail_id), key_wrapped }, 'letter', letter_sealed)) as Letter)
      await remove(mail_id)
      return true
    } catch (error) {
      const next = Date.now() + pause_ms(attempts + 1)
      if (next < expires_at.getTime()) await database.read((sql) => sql.run('UPDATE mails SET next_at = ? WHERE mail_id = ?', [new Date(next), mail_id]))
      else {
        await remove(mail_id)
        lost(mail_id, error)
      }
      return false
    }
  }
  async function deliver(report: Report): Promise<number> {
    let sent = 0
    for (let rows = await claim(Date.now()); rows.length > 0; rows = await claim(Date.now()))
      for (const row of rows) sent += (await sendOne(row, report)) ? 1 : 0
    return sent
  }
  return {
    async send(letter) {
      const now = Date.now()
      const mail_id = ulid(now)
      const key = { account_id: placeOf(mail_id), key_wrapped: vault.newKey(placeOf(mail_id)) }
      await database.transact(async (sql) => {
        const [count] = await sql.rows<{ readonly mails: number }>('SELECT COUNT(*) AS mails FROM mails')
        if ((count?.mails ?? 0) >= most) throw new Unavailable(`sending a mail: ${most} are waiting already`, { code: 'overloaded' })
        await sql.run('INSERT INTO mails (mail_id, key_wrapped, letter_sealed, attempts, next_at, expires_at) VALUES (?, ?, ?, 0, ?, ?)', [
          mail_id, key.key_wrapped, vault.seal(key, 'letter', JSON.stringify(letter)), new Date(now), new Date(now + life_ms),
        ])
      })
      wake()
    },
    deliver,
    follow(report) {
      let busy = false
      const look = (): void => {
        if (busy) return
        busy = true
        void deliver(report).catch(report.failed).finally(() => { busy = false })
      }
      const timer = setInterval(look, every_ms).unref()
      wake = look
      return () => {
        wake = idle
        clearInterval(timer)
      }
    },
  }
}
