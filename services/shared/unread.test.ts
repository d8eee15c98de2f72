import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import { expect, test } from 'vitest'
import { unreadAsker } from './unread.ts'

const told = [9, 8, 5, 3].map((occurred_at) => ({ occurred_at }))
/** Asks stores of which the one has this count, the other what was told; names those that were asked. */
const over = (row: { readonly count: number; readonly exact: boolean; readonly read_at: number | null } | undefined) => {
  const asked: string[] = []
  const readers: Readonly<Record<string, unknown>> = { inbox: { get: async () => row }, notifications: { table: () => '', run: async () => told } }
  const unread = unreadAsker({ reader: async ({ name }: { readonly name: string }) => { asked.push(name); return readers[name] } } as unknown as Sinks)
  return { asked, unread }
}

test('what is unread is asked of Redis alone', async () => {
  for (const row of [{ count: 7, exact: true, read_at: 5 }, undefined]) {
    const { asked, unread } = over(row)
    expect([await unread('p1'), asked]).toEqual([{ count: row?.count ?? 0, read_at: row?.read_at ?? null }, ['inbox']])
  }
})

test('where older ones count too, they are counted where all of them are', async () => {
  for (const [read_at, count] of [[null, 4], [5, 2], [9, 0]] as const) {
    const { asked, unread } = over({ count: 0, exact: false, read_at })
    expect([await unread('p1'), asked]).toEqual([{ count, read_at }, ['inbox', 'notifications']])
  }
})
