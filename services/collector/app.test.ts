import { schemaOf } from '@cdlc/schemas/avro.ts'
import { avroType } from '@cdlc/schemas/long.ts'
import type { OutgoingRecord } from '@cdlc/streams/runtime/kafka.ts'
import { expect, test } from 'vitest'
import { appendTo } from './app.ts'
import { sift } from './event.ts'
import { dwell, impression, now_ms, profile_id, search, ulid } from './testing.ts'

const type = avroType(schemaOf('user.telemetry'))
/** A registry that may be away, and a topic in memory. */
function scene() {
  const records: OutgoingRecord[] = []
  const registry = { away: false, asked: 0 }
  const append = appendTo({ append: async (more) => { records.push(...more) } }, {
    encoder: async () => {
      registry.asked++
      if (registry.away) throw new Error('no registry')
      return (value) => type.toBuffer(value)
    },
  })
  return { append, records, registry }
}
const events = (consent: boolean) => sift([impression(1), search(2, 'heat'), dwell(3)], { consent, profile_id }, now_ms).kept

test.each([true, false])('events of all kinds keep the contract, and lie under their ids (consent: %s)', async (consent) => {
  const { append, records } = scene()
  await append(events(consent))
  expect(records.map(({ key }) => key)).toEqual([ulid(1), ulid(2), ulid(3)])
  expect(records.map(({ value }) => ({ ...(value === null ? {} : type.fromBuffer(value) as object) }))).toEqual(events(consent))
})

test('the registry is asked once, and again after it was away', async () => {
  const { append, records, registry } = scene()
  registry.away = true
  await expect(append(events(true))).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(records).toEqual([])
  registry.away = false
  await append(events(true))
  await append(events(true))
  expect([registry.asked, records.length]).toEqual([2, 6])
})
