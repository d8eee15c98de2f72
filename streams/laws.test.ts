import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveries, logsOf, manySteps, rowsAfter, statesOf, steps } from './laws.ts'
import { views } from './runtime/registry.ts'
import { checkRow } from './runtime/testing.ts'
import type { ViewStore } from './runtime/store.ts'
import type { View } from './runtime/view.ts'
import { openStore } from './sinks/memory/store.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'

const fresh = (view: View): ViewStore => openStore({ tables: new Map() }, view)
const runs = { numRuns: 200 }
const primaryKey = (topic: string): readonly string[] => topicSpec(topic).primary_key ?? []

describe.each((await views()).map((view) => [view.name, view] as const))('the view %s', async (_name, view) => {
  const states = await statesOf(view)

  test('has examples of every topic it reads', () => {
    for (const [topic, rows] of states) expect(rows, topic).not.toHaveLength(0)
  })

  test('is the same however its records are cut, interleaved and delivered again, and wherever its workers die', async () => {
    await fc.assert(fc.asyncProperty(steps, deliveries, async (chosen, delivered) => {
      const logs = logsOf(states, chosen, true)
      expect(await rowsAfter(view, fresh(view), logs, delivered)).toEqual(await rowsAfter(view, fresh(view), logs, []))
    }), runs)
  })

  test('is the same in one huge batch as record by record', async () => {
    await fc.assert(fc.asyncProperty(manySteps, async (chosen) => {
      const logs = logsOf(states, chosen, true)
      const [one] = logs.keys()
      const singly = [...logs].flatMap(([topic, log], place) => (topic === one ? Array.from(log, () => ({ topic: place, records: 1, shift: 0, crash: 'no' as const, fatal: false, owner: 0 as const })) : []))
      expect(await rowsAfter(view, fresh(view), logs, singly)).toEqual(await rowsAfter(view, fresh(view), logs, []))
    }), { numRuns: 3 })
  })

  test('is the same when a snapshot reads rows again in mid-stream, or has run ahead of it, when changes come again at new offsets, and among tombstones', async () => {
    await fc.assert(fc.asyncProperty(steps, async (chosen) => {
      const plain = await rowsAfter(view, fresh(view), logsOf(states, chosen, false), [])
      expect(await rowsAfter(view, fresh(view), logsOf(states, chosen, true), [])).toEqual(plain)
    }), runs)
  })

  test('depends on what the tables hold, not on how they came to hold it', async () => {
    await fc.assert(fc.asyncProperty(steps, async (chosen) => {
      const logs = logsOf(states, chosen, true)
      const lasting = new Map([...logs].map(([topic, log]) => {
        if (topicSpec(topic).kind === 'event') return [topic, log] // of which there is no table
        const rows = new Map<string, (typeof log)[number]>()
        for (const change of log) {
          if (change === null) continue
          const row = change.after ?? change.before ?? {}
          const id = JSON.stringify(Object.fromEntries(Object.entries(row).filter(([column]) => primaryKey(topic).includes(column))))
          rows.delete(id)
          if (change.after !== null) rows.set(id, { topic, op: 'r', before: null, after: change.after })
        }
        return [topic, [...rows.values()]]
      }))
      expect(await rowsAfter(view, fresh(view), logs, [])).toEqual(await rowsAfter(view, fresh(view), lasting, []))
    }), runs)
  })

  test('writes whole rows of the types that its spec names', async () => {
    await fc.assert(fc.asyncProperty(steps, async (chosen) => {
      const checked = fresh(view)
      const store: ViewStore = { ...checked, flush: async (batch) => {
        for (const write of batch.writes) if (write.value !== undefined) checkRow(view, write.row, write.value)
        return checked.flush(batch)
      } }
      await rowsAfter(view, store, logsOf(states, chosen, true), [])
    }), runs)
  })
})
