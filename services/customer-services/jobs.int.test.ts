import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { fresh } from '../real.ts'
import { createClock, newId } from '../shared/clock.ts'
import { migrate } from '../shared/migrate.ts'
import { openDatabase, type Database } from '../shared/mysql.ts'
import { addJob, forgetJobs, readJob, takeJob, type Ending, type JobRow } from './job-store.ts'
import { startJobs, type Handler, type Jobs, type JobsOptions, type Times } from './jobs.ts'

const endpoints = endpointsFrom(process.env)
const clock = createClock()
const quick: Times = { lease_ms: 600, poll_ms: 10, firstPause_ms: 1, longestPause_ms: 5 }
/** Of this run alone: no process that works on jobs knows it. */
const kind = `t${fresh().slice(0, 12)}`
const ending: Ending = { expires_at: new Date('2100-01-01T00:00:00Z') }
const quiet: JobsOptions['log'] = () => {}

let database: Database
beforeAll(async () => {
  await migrate(endpoints)
  database = openDatabase(endpoints, 'user')
})
afterAll(async () => {
  await database.transact((sql) => sql.run('DELETE FROM jobs WHERE kind = ?', [kind]))
  await database.close()
})

const start = (run: Handler, some: { readonly attempts?: number; readonly times?: Times } = {}): Jobs => {
  const { times = quick, ...more } = some
  return startJobs({ database, clock, log: quiet, handlers: { [kind]: { run, ...more } }, times })
}
async function add(): Promise<string> {
  const job_id = newId(clock.micros())
  await database.transact((sql) => addJob(sql, { job_id, account_id: job_id, kind }, new Date()))
  return job_id
}
const stateOf = async (job_id: string): Promise<JobRow['state'] | undefined> => (await database.read((sql) => readJob(sql, kind, job_id)))?.state
const ended = (job_id: string, state = 'done') => vi.waitFor(async () => expect(await stateOf(job_id)).toBe(state), { timeout: 60_000, interval: 20 })

test('many are shared by several, and each is done once', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, add))
  const done: string[] = []
  const workers = Array.from({ length: 3 }, () =>
    start(async ({ job_id }) => {
      done.push(job_id)
      return ending
    }),
  )
  await Promise.all(ids.map((job_id) => ended(job_id)))
  await Promise.all(workers.map((worker) => worker.close()))
  expect(done.sort()).toEqual(ids.sort())
})

test('what fails is tried again, and no more often than it may be', async () => {
  const attempts: number[] = []
  const [flaky, hopeless] = [await add(), await add()]
  const jobs = start(
    async ({ job_id, attempt }) => {
      if (job_id === flaky) attempts.push(attempt)
      if (job_id === hopeless || attempt < 3) throw new Error('not yet')
      return ending
    },
    { attempts: 4 },
  )
  await ended(flaky)
  await ended(hopeless, 'failed')
  await jobs.close()
  expect(attempts).toEqual([1, 2, 3])
  expect((await database.read((sql) => readJob(sql, kind, hopeless)))?.attempt).toBe(4)
})

test('one whose process is killed is taken over by another', async () => {
  const job_id = await add()
  const child = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '-e',
      `import { startJobs } from ${JSON.stringify(import.meta.resolve('./jobs.ts'))}
       import { openDatabase } from ${JSON.stringify(import.meta.resolve('../shared/mysql.ts'))}
       import { createClock } from ${JSON.stringify(import.meta.resolve('../shared/clock.ts'))}
       import { endpointsFrom } from ${JSON.stringify(import.meta.resolve('@cdlc/schemas/endpoints.ts'))}
       startJobs({
         database: openDatabase(endpointsFrom(process.env), 'user'), clock: createClock(), log: () => {}, times: ${JSON.stringify(quick)},
         handlers: { ${kind}: { run: () => new Promise(() => { console.log('taken') }) } },
       })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(child.stdout, 'data')
  let attempt = 0
  const jobs = start(async (job) => {
    attempt = job.attempt
    return ending
  })
  // its heartbeat keeps it for longer than one lease
  const before = await database.read((sql) => sql.rows<{ due_at: Date }>('SELECT due_at FROM jobs WHERE job_id = ?', [job_id]))
  await vi.waitFor(async () => {
    const now = await database.read((sql) => sql.rows<{ due_at: Date }>('SELECT due_at FROM jobs WHERE job_id = ?', [job_id]))
    expect(Number(now[0]?.due_at)).toBeGreaterThan(Number(before[0]?.due_at))
  }, { timeout: 30_000, interval: 20 })
  expect(attempt).toBe(0)
  child.kill('SIGKILL')
  await ended(job_id)
  await jobs.close()
  expect(attempt).toBe(2)
})

test('who was taken for dead is told, and cannot end what another has taken', async () => {
  const job_id = await add()
  let told: () => void = () => {}
  const lost = new Promise<void>((resolve) => {
    told = resolve
  })
  let finish: (ending: Ending) => void = () => {}
  const zombie = start(
    (_job, signal) =>
      new Promise((resolve) => {
        finish = resolve
        signal.addEventListener('abort', told)
      }),
  )
  await vi.waitFor(async () => expect((await database.read((sql) => readJob(sql, kind, job_id)))?.attempt).toBe(1), { timeout: 30_000 })
  const later = new Date(Date.now() + 3_600_000)
  const taken = await takeJob(database, [kind], later, new Date(Date.now() + 7_200_000))
  expect(taken).toMatchObject({ job_id, attempt: 2 })
  await lost
  finish(ending)
  await zombie.close()
  expect(await stateOf(job_id)).toBe('open')
})

test('one that is under way when its process stops can be taken at once', async () => {
  const job_id = await add()
  const stopped = start(
    (_job, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')))
      }),
    { times: { ...quick, lease_ms: 3_600_000 }, attempts: 1 },
  )
  await vi.waitFor(async () => expect((await database.read((sql) => readJob(sql, kind, job_id)))?.attempt).toBe(1), { timeout: 30_000 })
  await stopped.close()
  expect(await takeJob(database, [kind], new Date(), new Date())).toMatchObject({ job_id, attempt: 2 })
})

test('what has expired is removed, with what it made', async () => {
  const job_id = await add()
  await database.transact(async (sql) => {
    await sql.run("UPDATE jobs SET state = 'done', expires_at = ? WHERE job_id = ?", [new Date(Date.now() - 1_000), job_id])
    await sql.run('INSERT INTO export_parts (job_id, attempt, part, sealed) VALUES (?, 1, 0, ?)', [job_id, Buffer.from('x')])
  })
  while ((await forgetJobs(database, new Date())) > 0);
  expect(await stateOf(job_id)).toBeUndefined()
  expect(await database.read((sql) => sql.rows('SELECT 1 FROM export_parts WHERE job_id = ?', [job_id]))).toEqual([])
})
