/** A view's rows in Neo4j. Effect and position commit in one transaction, which locks and compares the position first. */
import { NO_FENCE } from '../../runtime/fence.ts'
import { type AnyRow, specOf, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import { rejecting } from '../errors.ts'
import { compileWrites, dropPositions, dropSchema, dropSome, movePosition, positionConstraint, readPosition, readRows, scanRows, schemaOf } from './compile.ts'
import type { Neo4jConnection } from './connect.ts'
import { isPermanent } from './errors.ts'
import { fromProperties } from './values.ts'

export function openStore(connection: Neo4jConnection, view: View): ViewStore {
  const check = checkerOf(view)
  return {
    async prepare() {
      for (const cypher of [positionConstraint, ...schemaOf(view).map((made) => made.cypher), 'CALL db.awaitIndexes(60)']) {
        await connection.alone(`preparing view '${view.name}'`, { cypher, params: {} })
      }
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
      const statements = [movePosition(view, batch), ...compileWrites(view, batch.writes)]
      const what = `flushing ${batch.writes.length} rows of view '${view.name}', ${batch.topic}/${batch.partition} from ${batch.from}`
      const fence = await rejecting(isPermanent, batch.writes, () => connection.transact(what, async (transaction) => {
        // all are sent before the first answers; a transaction that turns out to be fenced is rolled back
        const [moved] = await Promise.all(statements.map(({ cypher, params }) => transaction.run(cypher, params)))
        return moved?.records[0]?.get('fence') as string | undefined
      }))
      return fence === undefined ? 'fenced' : { fence }
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
