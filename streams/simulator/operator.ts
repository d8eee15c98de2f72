/** An operator who sends dead letters again: mended or as they are, sometimes twice. */
import { deadLetterTopic, identityOf, type Origin, record, said } from '../runtime/dead-letter.ts'
import { standing } from '../runtime/redrive.ts'
import { messageOf } from './messages.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** Whether the operator mends the record for this attempt: what is sent for one attempt is always the same, however often. */
export const isMended = ({ offset }: Origin, attempt: number): boolean => (offset + attempt) % 3 !== 0

/** Answers each pending dead letter, or leaves it for another time. */
export function answerDeadLetters(world: World, random: Random): void {
  const { view, broker, scenario, written, scheduler } = world
  const topic = deadLetterTopic(view)
  for (let partition = 0; partition < scenario.partitions; partition++) {
    const all = broker.records(topic, partition).flatMap((raw) => said(raw) ?? [])
    for (const { letter, state } of standing(all)) {
      const { origin } = letter
      const planned = written.find((one) => one.topic === origin.topic && one.partition === origin.partition && one.offset === origin.offset)
      if (planned === undefined || (state !== 'pending' && !random.chance(0.2)) || random.chance(0.3)) continue
      const mended = isMended(origin, letter.attempt)
      if (mended) world.mended.add(identityOf(origin))
      const { key, value } = mended ? messageOf(planned, planned.place, true) : letter
      const order = record({ ...letter, key: key ?? (mended ? String(planned.place) : null), value, state: 'redrive' })
      broker.append(topic, random.chance(0.3) ? [order, order] : [order], scheduler.now())
    }
  }
}
