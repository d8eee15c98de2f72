import { expect, test } from 'vitest'
import type { Database, Sql } from '../shared/mysql.ts'
import { openVault, type Keyed } from '../shared/personal-data.ts'
import { readTexts, type TextPorts } from './text-reading.ts'
import { TEXT } from './texts.ts'

const vault = openVault(Buffer.alloc(32, 1))
const newKey = (account_id: string): Keyed => ({ account_id, key_wrapped: vault.newKey(account_id) })
const [ada, bob] = [newKey('ada'), newKey('bob')]
interface Row { readonly text_id: string; readonly account_id: string; readonly body_sealed: Buffer }
const text = (text_id: string, key: Keyed, body: string): Row => ({ text_id, account_id: key.account_id, body_sealed: vault.seal(key, TEXT, body) })

/** A view and MySQL that have these texts; keys that there are; what MySQL was asked for. */
function world({ viewed, stored = [], keys = [ada, bob] }: { readonly viewed: readonly Row[]; readonly stored?: readonly Row[]; readonly keys?: readonly Keyed[] }) {
  const asked: unknown[] = []
  const sql: Partial<Sql> = {
    rowsIn: async <T>(_text: string, ids: readonly unknown[]) => {
      asked.push(...ids)
      const rows = stored.filter(({ text_id }) => ids.includes(text_id))
      return rows.flatMap((row) => keys.filter(({ account_id }) => account_id === row.account_id).map(({ key_wrapped }) => ({ ...row, key_wrapped }))) as unknown as readonly T[]
    },
  }
  const database: Partial<Database> = { read: (work) => work(sql as Sql) }
  const texts = async (ids: readonly string[]) => viewed.filter(({ text_id }) => ids.includes(text_id)).map((row) => ({ ...row, body_sealed: row.body_sealed.toString('base64'), version: 1 }))
  const known: TextPorts['keys'] = async (ids) => new Map(keys.filter(({ account_id }) => ids.includes(account_id)).map((key) => [key.account_id, key]))
  const ports = { database, vault, keys: known, views: { reviews: { texts } } }
  return { read: (...ids: string[]) => readTexts(ports as unknown as TextPorts, ids), asked }
}

test('texts come out of the view, and MySQL is not asked for them', async () => {
  const { read, asked } = world({ viewed: [text('1', ada, 'by ada'), text('2', bob, 'by bob')] })
  expect(await read('1', '2', '1')).toEqual(new Map([['1', 'by ada'], ['2', 'by bob']]))
  expect(asked).toEqual([])
})
test('what the view has not yet comes out of MySQL, and that alone', async () => {
  const { read, asked } = world({ viewed: [text('1', ada, 'by ada')], stored: [text('1', ada, 'older'), text('2', bob, 'new')] })
  expect(await read('1', '2')).toEqual(new Map([['1', 'by ada'], ['2', 'new']]))
  expect(asked).toEqual(['2'])
})
test('what was written over is gone, and so is what nobody has', async () => {
  const { read, asked } = world({ viewed: [{ ...text('1', ada, ''), body_sealed: Buffer.alloc(0) }] })
  expect(await read('1', '2')).toEqual(new Map())
  expect(asked).toEqual(['2'])
})
test('the words of an account whose key was destroyed are gone, wherever they are; those of others are read', async () => {
  const { read } = world({ viewed: [text('1', ada, 'x'), text('2', bob, 'y')], stored: [text('3', ada, 'z')], keys: [bob] })
  expect(await read('1', '2', '3')).toEqual(new Map([['2', 'y']]))
})
test('words that lie beside a key that came after them are gone, and keep nobody from reading others', async () => {
  const { read } = world({ viewed: [text('1', ada, 'x'), text('2', bob, 'y')], stored: [text('3', ada, 'z')], keys: [newKey('ada'), bob] })
  expect(await read('1', '2', '3')).toEqual(new Map([['2', 'y']]))
})
