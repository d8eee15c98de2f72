import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stackFrom } from '../local/stack.ts'
import { allTargets, runCampaign } from './campaign.ts'
import { openJournal } from './journal.ts'
import { kinds } from './ledger.ts'

const stack = stackFrom(process.env)
const folder = mkdtempSync(join(tmpdir(), 'cdlc-chaos-'))
afterAll(() => { rmSync(folder, { recursive: true }) })

test('every server, service and worker dies while titles, ratings and a social life are written: nothing is lost or counted twice', async () => {
  const targets = allTargets(stack)
  const kills = targets.length + 3
  const campaign = await runCampaign(stack, { folder, seed: 4, kills, round: kills })
  expect({ verdict: campaign.verdict, problem: campaign.problem, differences: campaign.differences }).toEqual({ verdict: 'clean', problem: undefined, differences: undefined })
  expect(new Set(campaign.kills.map((kill) => kill.target))).toEqual(new Set(targets))
  expect(campaign.kills).toHaveLength(kills)
  expect(campaign.writes.acknowledged).toBeGreaterThan(100)
  const { ledger, close } = openJournal(join(folder, 'writes.jsonl'))
  close()
  expect(kinds.filter((kind) => ledger.acknowledged(kind).length === 0)).toEqual([])
  expect(campaign.rounds).toHaveLength(1)
  expect(campaign.dead_letters.now).toBe(campaign.dead_letters.before)
}, 600_000)
