/** What must hold once everything has come to rest. */
import { deadLetterTopic, identityOf, type Said, said } from '../runtime/dead-letter.ts'
import { contentsOf, difference, expected } from './model.ts'
import { messageOf } from './messages.ts'
import type { Process } from './scheduler.ts'
import { isMended } from './operator.ts'
import { placeOf, type Staff } from './staff.ts'
import type { World, Written } from './world.ts'

/** Whether the view stops at poison that was written. */
export const mayStop = ({ view, written }: World): boolean => view.failure.poison === 'stop' && written.some(({ flaw }) => flaw !== undefined)

/**
 * Up to where records count, by topic partition, where poison stops it: the store may hold as much of a batch that poison stopped as
 * was flushed by itself, so its own position says.
 */
async function standsAt({ view, written, scenario: { partitions, faults }, kafka, store, violated }: World, auditor: Process): Promise<ReadonlyMap<string, number>> {
  const stands = new Map<string, number>()
  const audited = store.open(auditor)
  for (let partition = 0; partition < partitions; partition++) {
    const { next } = await audited.positions(partition)
    for (const topic of Object.keys(view.from)) {
      const stop = written.find((record) => record.topic === topic && record.partition === partition && record.flaw !== undefined)
      if (stop === undefined) continue
      const at = next.get(topic) ?? 0
      stands.set(placeOf(stop), at)
      const committed = faults.miscommitted > 0 ? 0 : Math.max(0, ...[...kafka.groups()].map((group) => group.committed(topic, partition) ?? 0))
      if (committed > stop.offset) violated('positions', `${placeOf(stop)} is committed at ${committed}, past ${stop.offset} which stops it`)
      if (at > stop.offset) violated('dead letters', `${placeOf(stop)} went on to ${at}, past ${stop.offset} which stops it (${stop.flaw})`)
    }
  }
  return stands
}

/** The store holds what a fold of all records comes to, less those that cannot be applied. */
export async function checkContents(world: World, when: string, rest: () => Promise<boolean>): Promise<void> {
  const { view, scenario, store, written, mended, violated } = world
  const { redrives } = scenario.subject
  let stops: ReadonlyMap<string, number> = new Map()
  if (mayStop(world)) {
    const asked = standsAt(world, { name: 'auditor', alive: true, frozen_until: 0 })
    await rest()
    stops = await asked
  }
  const counts = (record: Written): boolean => (record.flaw === undefined || mended.has(identityOf(record))) && record.offset < (stops.get(placeOf(record)) ?? Infinity)
  const but = mended.size > 0 && typeof redrives === 'object' ? redrives.but : []
  const wanted = expected(scenario.subject.view, but, written.filter(counts).flatMap(({ change }) => change ?? []))
  const differs = difference(wanted, contentsOf(view, but, (row) => store.rows(row)))
  if (differs !== undefined) violated('rows', `${when}: ${differs}`)
}

/** Every record that cannot be applied is a dead letter, as it was, and no other is. */
export function checkDeadLetters(world: World): void {
  const { view, broker, scenario, written, violated } = world
  const topic = deadLetterTopic(view)
  const dead = new Map<string, Said>()
  const attempts = new Set<string>()
  const orders: Said[] = []
  for (let partition = 0; partition < scenario.partitions; partition++) {
    for (const raw of broker.records(topic, partition)) {
      const told = said(raw)
      if (told === undefined) violated('dead letters', `offset ${raw.offset} of '${topic}' says nothing`)
      else if (told.origin.partition !== partition) violated('dead letters', `${identityOf(told.origin)} lies in partition ${partition}`)
      else if (told.state !== 'dead') orders.push(told)
      else {
        attempts.add(`${identityOf(told.origin)} ${told.attempt}`)
        if (told.attempt === 1) dead.set(identityOf(told.origin), told)
      }
    }
  }
  for (const { origin, attempt } of orders) {
    const next = `${identityOf(origin)} ${attempt + 1}`
    if (!isMended(origin, attempt) && !attempts.has(next)) violated('dead letters', `${identityOf(origin)} was sent again as it was, attempt ${attempt}, and is no dead letter a second time`)
    if (isMended(origin, attempt) && attempts.has(next)) violated('dead letters', `${identityOf(origin)} was mended and sent again, attempt ${attempt}, and is a dead letter all the same`)
  }
  for (const record of written) {
    const id = identityOf(record)
    const letter = dead.get(id)
    dead.delete(id)
    const wanted = record.flaw !== undefined && view.failure.poison === 'dead-letter'
    if (wanted && letter === undefined) violated('dead letters', `${id} cannot be applied (${record.flaw}), and is no dead letter`)
    if (!wanted && letter !== undefined) violated('dead letters', `${id} is a dead letter, though nothing is wrong with it`)
    if (letter === undefined) continue
    const { key, value, headers } = messageOf(record, record.place)
    const same = letter.key === key && value !== null && letter.value?.equals(value) === true && letter.headers['place']?.toString() === headers?.['place']
    if (!same) violated('dead letters', `${id} is not the record that it was: ${letter.key} ${letter.value?.toString('utf8', 1)}`)
  }
  for (const id of dead.keys()) violated('dead letters', `${id} is a dead letter, and no record`)
}

/** Workers say that they have come to the end of everything that is theirs, and everything is somebody's. */
export async function checkStanding(world: World, staff: Staff, rest: () => Promise<boolean>): Promise<void> {
  const { scenario, violated, view } = world
  const answers = staff.workers().map((worker) => worker.status())
  if (!await rest()) return
  const statuses = await Promise.all(answers)
  const partitions = statuses.reduce((sum, status) => sum + status.partitions, 0)
  if (partitions !== scenario.partitions) violated('contract', `workers have ${partitions} partitions of ${scenario.partitions}`)
  if (mayStop(world) && statuses.every(({ stopped }) => stopped === 0)) violated('contract', 'no worker says that it was stopped')
  for (const { state, lag_records } of statuses) {
    if (!mayStop(world) && (state !== 'running' || lag_records !== 0)) violated('liveness', `a worker of '${view.name}' is ${state}, ${lag_records} records behind`)
  }
}
