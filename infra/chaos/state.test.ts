import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openJournal } from './journal.ts'
import type { Entry } from './ledger.ts'
import { markdownOf, reportOf } from './report.ts'
import { type Campaign, loadCampaign, saveCampaign } from './state.ts'

const folder = mkdtempSync(join(tmpdir(), 'cdlc-chaos-state-'))
afterAll(() => { rmSync(folder, { recursive: true }) })

const kill = (target: string, back_ms: number | null, how: 'alone' | 'together' | 'recovering' = 'alone') =>
  ({ at: '2026-01-01T00:00:00.000Z', target, how, back_ms, silence_ms: (back_ms ?? 4_000) / 2 })
const round = (kills: number) => ({ at: '2026-01-01T00:01:00.000Z', kills, took_ms: 3_000, views: 9, rows: 1_000, records: 500 * kills, repeats: kills })
const campaign: Campaign = {
  seed: 7, run: 'cafe', targets: ['redis', 'kafka'], rate: 25, machine: 'a machine', sessions: [{ at: '2026-01-01T00:00:00.000Z', kills: 0 }], took_ms: 240_000, wanted: 4, strikes: 3,
  kills: [kill('redis', null), kill('redis', 3_000, 'recovering'), kill('redis', 2_000), kill('kafka', 8_000)],
  restarts: [{ at: '2026-01-01T00:00:30.000Z', target: 'redis', back_ms: 500 }], rounds: [round(2), round(4)],
  writes: { acknowledged: 2_000, refused: 30, cut_off: 2, reads: 90 }, dead_letters: { before: 3, now: 3 }, verdict: 'clean',
}

test('a state is read back as it was written', () => {
  expect(loadCampaign(folder)).toBeUndefined()
  saveCampaign(folder, { ...campaign, verdict: 'unfinished' })
  saveCampaign(folder, campaign)
  expect(loadCampaign(folder)).toEqual(campaign)
})

test('a journal gives back the ledger, also after its last line was cut short', () => {
  const path = join(folder, 'writes.jsonl')
  const entry = (value: number, version: number): Entry => ({ do: 'ack', at: 0, kind: 'rating', id: 'P.T', value, version })
  const first = openJournal(path)
  first.ledger.record(entry(7, 100))
  first.close()
  appendFileSync(path, '{"do":"ack","at":0,"ki')
  const second = openJournal(path)
  expect(second.ledger.known('rating').get('P.T')?.acknowledged).toEqual({ id: 'P.T', value: 7, version: 100 })
  second.ledger.record(entry(8, 200))
  second.close()
  const third = openJournal(path)
  third.close()
  expect(third.ledger.acknowledged('rating').map(({ version }) => version)).toEqual([100, 200])
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4)
})

test('a report tells how long each target took, beside its plain start', () => {
  const report = reportOf(campaign)
  expect(report.targets).toEqual([
    { target: 'redis', kills: 3, recovering: 1, together: 0, back_ms: { median: 2_000, p95: 3_000, max: 3_000 }, restart_ms: 500, restarts: 1, ratio: 4, silence_ms: 1_500 },
    { target: 'kafka', kills: 1, recovering: 0, together: 0, back_ms: { median: 8_000, p95: 8_000, max: 8_000 }, restart_ms: null, restarts: 0, ratio: null, silence_ms: 4_000 },
  ])
  expect(report).toMatchObject({ verdict: 'clean', kills: 4, rounds: 2, rows_compared: 2_000, acknowledged: 2_000, lost: 0, duplicates: 0, dead_letters: 0, records: 2_000, repeats: 4, minutes: 4 })
})

test('a report of a broken campaign says what is lost and where the evidence lies', () => {
  const difference = { where: 'mysql', row: 'rating P.T', expected: 1, actual: undefined }
  const report = reportOf({ ...campaign, verdict: 'broken', problem: 'one row differs', evidence: '/somewhere', dead_letters: { before: 3, now: 5 },
    differences: [{ ...difference, what: 'lost' }, { ...difference, what: 'unknown' }, { ...difference, what: 'unknown' }] })
  expect(report).toMatchObject({ lost: 1, duplicates: 2, other: 0, dead_letters: 2 })
  expect(markdownOf(report)).toContain('Problem: one row differs. Evidence: `/somewhere`.')
})

test('the report in Markdown has a line for each target', () => {
  const text = markdownOf(reportOf(campaign))
  expect(text).toContain('| redis | 3 | 1 | 0 | 2.0 | 3.0 | 3.0 | 0.5 (1) | 4.0 | 1.5 |')
  expect(text).toContain('| kafka | 1 | 0 | 0 | 8.0 | 8.0 | 8.0 | - | - | 4.0 |')
  expect(text).toContain('4 of 4 kills, seed 7')
})
