/**
 * A view's rows in Neo4j. Effect and position commit in one transaction, which locks and compares the position first. Small flushes
 * that wait for one under way go together in the next: a transaction costs milliseconds, however small. Large ones go side by side.
 */
import { NO_FENCE } from '../../runtime/fence.ts'
import { type AnyRow, type Batch, type Flushed, specOf, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import { rejecting } from '../errors.ts'
import { inGroups, type Outcome } from '../group.ts'
import { awaitIndex, compileWrites, dropPositions, dropSchema, dropSome, movePosition, positionConstraint, readPosition, readRows, scanRows, schemaOf } from './compile.ts'
import type { Neo4jConnection } from './connect.ts'
import { isPermanent } from './errors.ts'
import { fromProperties } from './values.ts'

/** Rows of a flush that is small. */
const SMALL = 100
/** A transaction costs the server a millisecond or two of CPU, however small. */
const GATHER_MS = 25

export function openStore(connection: Neo4jConnection, view: View): ViewStore {
  const check = checkerOf(view)

  /** In one transaction: all are sent before the first answers, and where one turns out to be fenced it is rolled back and begun without that one. */
  async function flushTogether(batches: readonly Batch[]): Promise<readonly { readonly result: Flushed }[]> {
    const fenced = new Set<Batch>()
    const writes = batches.flatMap((batch) => batch.writes)
    const what = `flushing ${writes.length} rows of view '${view.name}', ${batches.map(({ topic, partition, from }) => `${topic}/${partition} from ${from}`).join(', ')}`
    for (;;) {
      const left = batches.filter((batch) => !fenced.has(batch))
      if (left.length === 0) return batches.map(() => ({ result: 'fenced' }))
      const statements = [...left.map((batch) => movePosition(view, batch)), ...compileWrites(view, left.flatMap((batch) => batch.writes))]
      const fences = await connection.transact(what, async (transaction) => {
        const moved = await Promise.all(statements.map(({ cypher, params }) => transaction.run(cypher, params)))
        left.forEach((batch, place) => { if (moved[place]?.records.length === 0) fenced.add(batch) })
        return left.some((batch) => fenced.has(batch)) ? undefined : new Map(left.map((batch, place) => [batch, String(moved[place]?.records[0]?.get('fence'))]))
      })
      if (fences !== undefined) return batches.map((batch) => ({ result: fenced.has(batch) ? 'fenced' : { fence: fences.get(batch) ?? '' } }))
    }
  }
  const inGroup = inGroups<Batch, Flushed>(async (batches) => {
    try {
      return await flushTogether(batches)
    } catch (cause) {
      if (batches.length === 1 || !isPermanent(cause)) throw cause
      // whose rows are to blame shows when each goes alone
      const outcomes: Outcome<Flushed>[] = []
      for (const batch of batches) outcomes.push(await flushTogether([batch]).then(([only]) => only ?? { cause }, (own: unknown) => ({ cause: own })))
      return outcomes
    }
  })

  return {
    gather_ms: GATHER_MS,
    async prepare() {
      const schema = schemaOf(view)
      const what = `preparing view '${view.name}'`
      for (const cypher of [positionConstraint, ...schema.map((made) => made.cypher)]) await connection.alone(what, { cypher, params: {} })
      // its own only: those of views that fill at the same time may take longer
      for (const { name } of schema) await connection.alone(what, awaitIndex(name))
    },
    async positions(partition) {
      const { cypher, params } = readPosition(view, partition)
      const position = await connection.transact(`reading positions of view '${view.name}', partition ${partition}`, async (transaction) => {
        const { records } = await transaction.run(cypher, params)
        return (records[0]?.get('position') ?? {}) as AnyRow
      })
      const { fence = NO_FENCE, id: _id, locked: _locked, ...next } = position ?? {}
      return { fence: String(fence), next: new Map(Object.entries(next).map(([topic, offset]) => [topic, Number(offset)])) }
    },
    async read(_partition, refs) {
      const found: (AnyRow | undefined)[] = refs.map(() => undefined)
      const placed = refs.map((ref, place) => ({ ...ref, place }))
      await connection.transact(`reading ${refs.length} rows of view '${view.name}'`, (transaction) => Promise.all(
        [...Map.groupBy(placed, (ref) => ref.row)].map(async ([row, own]) => {
          const { cypher, params } = readRows(view, row, own)
          const { records } = await transaction.run(cypher, params)
          for (const record of records) found[record.get('place')] = fromProperties(specOf(view.rows, row), record.get('properties'))
        })))
      return found
    },
    async flush(batch) {
      check(batch.writes)
      return await rejecting(isPermanent, batch.writes, async () => {
        if (batch.writes.length <= SMALL) return await inGroup(batch)
        const [outcome] = await flushTogether([batch])
        return outcome?.result ?? 'fenced'
      })
    },
    async *scan(row) {
      for await (const { properties } of connection.stream(`scanning rows '${row}' of view '${view.name}'`, scanRows(view, row))) {
        yield fromProperties(specOf(view.rows, row), properties as AnyRow)
      }
    },
    async drop() {
      const what = `dropping view '${view.name}'`
      await connection.alone(what, dropPositions(view))
      for (const { cypher, params } of dropSome(view)) {
        for (let removed = 1; removed > 0;) {
          removed = await connection.transact(what, async (transaction) => Number((await transaction.run(cypher, params)).records[0]?.get('removed'))) ?? 0
        }
      }
      for (const statement of dropSchema(view)) await connection.alone(what, statement)
    },
  }
}
