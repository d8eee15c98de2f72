/** Contestant: a worker of the runtime, with everything it does for exactly-once effect. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { openSinks } from '@cdlc/streams/sinks/index.ts'
import { serve } from '../child.ts'
import { peakMb, resetPeak, startMeter } from '../processes.ts'
import { startProfile } from '../profile/record.ts'
import { CONTRACT } from '../ratings-topic.ts'
import { jobs, onTopic } from '../views.ts'
import { freshStore, removeView, runBenchWorker } from '../worker.ts'
import { type Measured, recordsOf, type Task } from './job.ts'

const endpoints = endpointsFrom(process.env)
const sinks = openSinks(endpoints)

async function run(task: Task): Promise<Measured> {
  const view = onTopic(jobs[task.job], task.name, task.topic)
  const store = await freshStore(sinks, view)
  await sinks.ping([view.store])
  const stopProfile = task.profile === undefined ? undefined : await startProfile(task.profile)
  resetPeak()
  let stopMeter = startMeter()
  const running = await runBenchWorker({
    endpoints, view, store, contracts: { [task.topic]: CONTRACT }, ends: { [task.topic]: task.ends }, onAssigned: () => { stopMeter = startMeter() },
  })
  await running.caughtUp
  const measured = { records: recordsOf(task), ...stopMeter(), peak_mb: peakMb() }
  await stopProfile?.()
  await running.stop()
  await removeView(endpoints, view, store)
  return measured
}

serve({ run })
