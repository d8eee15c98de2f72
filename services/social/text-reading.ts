/** Reading prose: sealed out of the view, opened with keys out of MySQL, which an erasure destroys; what the view has not yet, out of MySQL altogether. */
import type { SocialPorts } from './ports.ts'
import { openTexts, TEXT } from './texts.ts'

type Ports = Pick<SocialPorts, 'database' | 'vault' | 'views'>

/** Bodies by id, at most 200; of texts that are gone, or whose account is, there is none. */
export async function readTexts({ database, vault, views }: Ports, text_ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(text_ids)]
  if (ids.length === 0) return new Map()
  const sealed = (await views.reviews.texts(ids)).filter(({ body_sealed }) => body_sealed !== '')
  const missing = ids.filter((id) => !sealed.some(({ text_id }) => text_id === id))
  return database.read(async (sql) => {
    const keys = await sql.rowsIn<{ readonly account_id: string; readonly key_wrapped: Buffer }>('SELECT account_id, key_wrapped FROM social_keys WHERE account_id IN (?)', [...new Set(sealed.map(({ account_id }) => account_id))])
    const byAccount = new Map(keys.map((key) => [key.account_id, key]))
    const opened = sealed.flatMap(({ text_id, account_id, body_sealed }): [string, string][] => {
      const key = byAccount.get(account_id)
      return key === undefined ? [] : [[text_id, vault.open(key, TEXT, Buffer.from(body_sealed, 'base64'))]]
    })
    return new Map([...opened, ...await openTexts(sql, vault, missing)])
  })
}
