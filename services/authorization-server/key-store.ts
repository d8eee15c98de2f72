/** Signing keys in MySQL, each sealed under a key of its own, and that under the master key. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import { decide, published, type KeyTimes, type RotationTimes } from './signing-key.ts'

export interface SigningKey extends KeyTimes {
  readonly kid: string
  /** With its private part. */
  readonly jwk: JWK
}
interface Stored {
  readonly generation: number
  readonly kid: string
  readonly key_wrapped: Buffer
  readonly jwk_sealed: Buffer
  readonly signs_from: Date
}

export interface KeyStore {
  /** The keys to publish now, the signing one first; makes the first one, or the next where the newest is old. Removes those that are over. */
  load(): Promise<readonly SigningKey[]>
  /** Adds the next key; answers its `kid` and when it begins to sign. One that is already to come is answered instead. */
  rotate(): Promise<{ readonly kid: string; readonly signs_from: number }>
}

const placeOf = (kid: string): string => `signing-key:${kid}`

async function newJwk(): Promise<{ readonly kid: string; readonly jwk: JWK }> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { kid, jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } }
}

/** Keys over MySQL. Several processes may use them at once. */
export function openKeyStore(database: Database, vault: Vault, times: RotationTimes, now: () => number = Date.now): KeyStore {
  const read = async (sql: Sql, lock = ''): Promise<readonly SigningKey[]> => {
    const rows = await sql.rows<Stored>(`SELECT generation, kid, key_wrapped, jwk_sealed, signs_from FROM signing_keys ORDER BY generation ${lock}`)
    return rows.map(({ generation, kid, key_wrapped, jwk_sealed, signs_from }) => ({
      generation, kid, signs_from: signs_from.getTime(),
      jwk: JSON.parse(vault.open({ account_id: placeOf(kid), key_wrapped }, 'jwk', jwk_sealed)) as JWK,
    }))
  }
  /** Two that find the same newest key want the same generation: the database lets one have it, and the other looks again. */
  const add = (wished: boolean): Promise<readonly SigningKey[]> => database.transact(async (sql) => {
    const keys = await read(sql, 'FOR UPDATE')
    const added: SigningKey[] = []
    for (const { generation, signs_from } of decide(keys, { now: now(), wished }, times)) {
      const { kid, jwk } = await newJwk()
      const account_id = placeOf(kid)
      const key_wrapped = vault.newKey(account_id)
      await sql.run('INSERT INTO signing_keys (generation, kid, key_wrapped, jwk_sealed, signs_from) VALUES (?, ?, ?, ?, ?)', [
        generation, kid, key_wrapped, vault.seal({ account_id, key_wrapped }, 'jwk', JSON.stringify(jwk)), new Date(signs_from),
      ])
      added.push({ generation, kid, jwk, signs_from })
    }
    return [...keys, ...added]
  })

  return {
    async load() {
      let keys = await database.read((sql) => read(sql))
      if (decide(keys, { now: now(), wished: false }, times).length > 0) keys = await add(false)
      const live = published(keys, now(), times)
      const over = keys.filter((key) => !live.includes(key)).map(({ generation }) => generation)
      if (over.length > 0) await database.read((sql) => sql.run('DELETE FROM signing_keys WHERE generation <= ?', [Math.max(...over)]))
      return live
    },
    async rotate() {
      const newest = (await add(true)).at(-1)
      if (newest === undefined) throw new Error('rotating signing keys: there is none after one was added')
      return { kid: newest.kid, signs_from: newest.signs_from }
    },
  }
}
