import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import diaryView, { diaryEntry } from '@cdlc/streams/views/user/profile-diary.ts'
import { stackFrom } from '../local/stack.ts'
import { processes } from '../local/supervisor.ts'
import { openTables } from '../verify/tables.ts'
import { verifyViews } from '../verify/verify.ts'
import { startLoad } from './load.ts'

const stack = stackFrom(process.env)
const sinks = openSinks(stack.endpoints)
afterAll(() => sinks.close())

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited 90 s until ${what}`)
    await delay(50)
  }
}

const processOf = async (name: string) => (await processes(stack)).find((candidate) => candidate.name === name)

async function answers(name: string): Promise<boolean> {
  const url = name === 'workers' ? `http://127.0.0.1:${stack.endpoints.port('workers')}/healthz` : `${stack.endpoints.connect.url}/connectors`
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false)
}

async function kill(name: string): Promise<void> {
  const before = await processOf(name)
  if (before === undefined || before.pid === 0) throw new Error(`'${name}' does not run`)
  process.kill(before.pid, 'SIGKILL')
  await until(`${name} is back`, async () => (await processOf(name))?.pid !== before.pid && await answers(name))
}

test('workers and Connect die while ratings are written, changed and removed: nothing is lost or counted twice', async () => {
  const load = await startLoad(stack.endpoints, { rate: 50 })
  const more = async (count: number): Promise<void> => { const from = load.written(); await until(`${count} more ratings are written`, () => load.written() >= from + count) }
  await more(100)
  for (const name of ['workers', 'connect', 'workers', 'workers', 'connect']) {
    await kill(name)
    await more(50)
  }
  await load.stop()

  const tables = await openTables(stack.endpoints)
  const rows = await tables.query<{ id: string; half_stars: number }>("SELECT concat(profile_id, '/', title_id) AS id, half_stars FROM `user`.ratings")
  await tables.close()
  const held = new Map(rows.map((row) => [row.id, row.half_stars / 2]))
  const acknowledged = load.acknowledged()
  expect(acknowledged.size).toBeGreaterThan(50)
  for (const [id, stars] of acknowledged) expect(held.get(id) ?? null, id).toBe(stars)

  const verdicts = await verifyViews(stack.endpoints, { patience_ms: 90_000 })
  expect(verdicts.filter((verdict) => verdict.differences_total > 0)).toEqual([])
  const diary = await sinks.reader(diaryView)
  for (const [id, stars] of acknowledged) {
    const [profile_id = '', title_id = ''] = id.split('/')
    expect((await diaryEntry(diary, profile_id, title_id))?.half_stars ?? null, id).toBe(stars === null ? null : stars * 2)
  }
}, 300_000)
