import { expect, it } from 'vitest'
import { fail, pass, type Counts } from './counts.ts'
import { runPhases, type Phase } from './phases.ts'

const going = new AbortController().signal

/** Runs phases that come to these counts or errors, and returns the total, who ran, and what was said. */
async function given(phases: readonly (Omit<Phase, 'run'> & { readonly comes_to: Counts | Error; readonly breaks?: () => void })[], signal = going) {
  const ran: string[] = []
  const said: string[] = []
  const total = await runPhases(phases.map(({ comes_to, breaks, ...phase }) => ({
    ...phase,
    run: () => {
      ran.push(phase.name)
      breaks?.()
      return comes_to instanceof Error ? Promise.reject(comes_to) : Promise.resolve(comes_to)
    },
  })), (line) => said.push(line.replace(/\d+\.\d s$/, '<time>')), signal)
  return { total, ran, said }
}

it('adds up the phases and says how each went', async () => {
  const { total, said } = await given([{ name: 'lint', comes_to: pass }, { name: 'unit', comes_to: { passed: 7, failed: 2 } }])
  expect(total).toEqual({ passed: 8, failed: 2 })
  expect(said).toEqual(['[1/2] lint …', '[1/2] lint: 1 passed in <time>', '[2/2] unit …', '[2/2] unit: 2 FAILED, 7 passed in <time>'])
})

it('goes on after a phase that throws, shows its message and counts one failure', async () => {
  const { total, ran, said } = await given([{ name: 'lint', comes_to: new Error('a.ts:1 no enum') }, { name: 'unit', comes_to: pass }])
  expect({ total, ran }).toEqual({ total: { passed: 1, failed: 1 }, ran: ['lint', 'unit'] })
  expect(said).toContain('a.ts:1 no enum')
})

it('does not run a phase whose stack did not come up, counts it as a failure, and still takes the stack down', async () => {
  const { total, ran, said } = await given([
    { name: 'stack', comes_to: fail }, { name: 'integration', after: ['stack'], comes_to: pass }, { name: 'stack down', always: true, comes_to: pass },
  ])
  expect({ total, ran }).toEqual({ total: { passed: 1, failed: 2 }, ran: ['stack', 'stack down'] })
  expect(said).toContain('[2/3] integration: not run, since stack failed')
})

it('broken off, runs only what cleans up', async () => {
  const controller = new AbortController()
  const { ran } = await given([
    { name: 'stack', comes_to: pass, breaks: () => { controller.abort() } }, { name: 'integration', comes_to: pass }, { name: 'stack down', always: true, comes_to: pass },
  ], controller.signal)
  expect(ran).toEqual(['stack', 'stack down'])
})
