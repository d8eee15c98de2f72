/** Reading prose: sealed out of the view, opened with keys out of MySQL, which an erasure destroys; what the view has not yet, out of MySQL altogether. */
import type { SocialPorts } from './ports.ts'
import { openSealed, openTexts } from './texts.ts'

export type TextPorts = Pick<SocialPorts, 'database' | 'keys' | 'vault' | 'views'>

/** Bodies by id, at most 200; of texts that are gone, or whose account is, there is none. */
export async function readTexts({ database, keys, vault, views }: TextPorts, text_ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(text_ids)]
  if (ids.length === 0) return new Map()
  const sealed = await views.reviews.texts(ids)
  const there = new Set(sealed.map(({ text_id }) => text_id))
  const missing = ids.filter((id) => !there.has(id))
  const [known, late] = await Promise.all([
    keys(sealed.map(({ account_id }) => account_id)),
    missing.length === 0 ? new Map<string, string>() : database.read((sql) => openTexts(sql, vault, missing)),
  ])
  const opened = sealed.flatMap(({ text_id, account_id, body_sealed }): [string, string][] => {
    const key = known.get(account_id)
    const body = key === undefined ? undefined : openSealed(vault, key, Buffer.from(body_sealed, 'base64'))
    return body === undefined ? [] : [[text_id, body]]
  })
  return new Map([...opened, ...late])
}

/** The same, or out of MySQL alone where a `Read-After` asks for what the view may not have: texts come to it by a topic of their own. */
export const wordsOf = (ports: TextPorts, text_ids: readonly string[], from: 'view' | 'mysql'): Promise<ReadonlyMap<string, string>> =>
  from === 'view' ? readTexts(ports, text_ids) : ports.database.read((sql) => openTexts(sql, ports.vault, text_ids))
