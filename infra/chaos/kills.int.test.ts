import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stackFrom } from '../local/stack.ts'
import { allTargets, runCampaign } from './campaign.ts'

const stack = stackFrom(process.env)
const folder = mkdtempSync(join(tmpdir(), 'cdlc-chaos-'))
afterAll(() => { rmSync(folder, { recursive: true }) })

test('every server, service and worker dies while titles and ratings are written: nothing is lost or counted twice', async () => {
  const targets = allTargets(stack)
  const kills = targets.length + 3
  const campaign = await runCampaign(stack, { folder, seed: 4, kills, round: kills })
  expect({ verdict: campaign.verdict, problem: campaign.problem, differences: campaign.differences }).toEqual({ verdict: 'clean', problem: undefined, differences: undefined })
  expect(new Set(campaign.kills.map((kill) => kill.target))).toEqual(new Set(targets))
  expect(campaign.kills).toHaveLength(kills)
  expect(campaign.writes.acknowledged).toBeGreaterThan(100)
  expect(campaign.rounds).toHaveLength(1)
  expect(campaign.dead_letters.now).toBe(campaign.dead_letters.before)
}, 600_000)
