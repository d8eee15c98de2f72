/** Prose in MySQL: sealed under its account's key, written over before it is removed, so that its topic keeps nothing of it. */
import { newId } from '../shared/clock.ts'
import type { Clock } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'

/** What texts are sealed as, in MySQL, topics and views alike. */
export const TEXT = 'text'

/** Bytes of UTF-8: what a BLOB holds, less what sealing adds. */
export const mostBytes = 65_000

interface TextPorts { readonly clock: Clock; readonly vault: Vault }

/** The account's key; made where it has none, unless the account is being erased: whoever asks holds the lock of one of its cards. */
export async function keyOf(sql: Sql, vault: Vault, account_id: string): Promise<Keyed> {
  const read = (): Promise<readonly { readonly key_wrapped: Buffer }[]> => sql.rows('SELECT key_wrapped FROM social_keys WHERE account_id = ?', [account_id])
  const [known] = await read()
  if (known !== undefined) return { account_id, key_wrapped: known.key_wrapped }
  await sql.run('INSERT IGNORE INTO social_keys (account_id, key_wrapped) VALUES (?, ?)', [account_id, vault.newKey(account_id)])
  const [made] = await read()
  if (made === undefined) throw new Error(`making the key of account '${account_id}': it is not there after it was made`)
  return { account_id, key_wrapped: made.key_wrapped }
}

function mustFit(body: string): void {
  if (Buffer.byteLength(body) > mostBytes) throw new Refused({ code: 'invalid_request', message: `must be ${mostBytes} bytes of UTF-8 at most`, field: 'body' })
}

/** Adds a text; answers its id. Throws Refused where it is too long. */
export async function addText({ clock, vault }: TextPorts, sql: Sql, account_id: string, body: string): Promise<string> {
  mustFit(body)
  const key = await keyOf(sql, vault, account_id)
  const version = clock.micros()
  const text_id = newId(version)
  await sql.run('INSERT INTO texts (text_id, account_id, body_sealed, version, updated_at) VALUES (?, ?, ?, ?, ?)',
    [text_id, account_id, vault.seal(key, TEXT, body), version, new Date(version / 1_000)])
  return text_id
}

/** Puts another body in its place. Throws Refused where it is too long. */
export async function changeText({ clock, vault }: TextPorts, sql: Sql, account_id: string, text_id: string, body: string): Promise<void> {
  mustFit(body)
  const key = await keyOf(sql, vault, account_id)
  const version = clock.micros()
  await sql.run('UPDATE texts SET body_sealed = ?, version = ?, updated_at = ? WHERE text_id = ?', [vault.seal(key, TEXT, body), version, new Date(version / 1_000), text_id])
}

/** Removes texts. */
export async function removeTexts({ clock }: Pick<TextPorts, 'clock'>, sql: Sql, text_ids: readonly (string | null)[]): Promise<void> {
  const ids = text_ids.filter((id) => id !== null)
  const version = clock.micros()
  await sql.runIn("UPDATE texts SET body_sealed = '', version = ?, updated_at = ? WHERE text_id IN (?)", ids, [version, new Date(version / 1_000)])
  await sql.runIn('DELETE FROM texts WHERE text_id IN (?)', ids)
}

/**
 * What was sealed as a text; undefined where this key is not the one it was sealed with: while an account is being erased, what was written
 * before its key was destroyed lies beside a key that came after, and is noise to it.
 */
export function openSealed(vault: Vault, key: Keyed, sealed: Uint8Array): string | undefined {
  try {
    return vault.open(key, TEXT, sealed)
  } catch {
    return undefined
  }
}

/** Opens texts as MySQL has them, by id; those that are gone are left out. */
export async function openTexts(sql: Sql, vault: Vault, text_ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.rowsIn<{ readonly text_id: string; readonly account_id: string; readonly body_sealed: Buffer; readonly key_wrapped: Buffer }>(
    'SELECT t.text_id, t.account_id, t.body_sealed, k.key_wrapped FROM texts t JOIN social_keys k ON k.account_id = t.account_id WHERE t.text_id IN (?)', text_ids)
  return new Map(rows.flatMap((row): [string, string][] => {
    const body = openSealed(vault, row, row.body_sealed)
    return body === undefined ? [] : [[row.text_id, body]]
  }))
}
