/** Neo4j as the sink uses it: transactions with locks over a graph, and the statements run from their own text. */
import type { AnyRow } from '../../runtime/store.ts'
import type { Neo4jConnection } from '../../sinks/neo4j/connect.ts'
import { labelOf } from '../../sinks/neo4j/compile.ts'
import { openStore } from '../../sinks/neo4j/store.ts'
import type { Process } from '../scheduler.ts'
import { createGraph, type Transaction } from './cypher/graph.ts'
import { runCypher } from './cypher/run.ts'
import { type Clause, parseCypher } from './cypher/statements.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'

/** What a transaction may take before the server ends it. */
const TRANSACTION_MS = 30_000

type Driven = Parameters<Parameters<Neo4jConnection['transact']>[1]>[0]

const parsed = new Map<string, readonly Clause[]>()
function clausesOf(cypher: string): readonly Clause[] {
  const known = parsed.get(cypher) ?? parseCypher(cypher)
  parsed.set(cypher, known)
  return known
}

/** The driver's integers as numbers, all through. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if ('toNumber' in value && typeof value.toNumber === 'function') return value.toNumber() as unknown
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

export function createNeo4j({ scheduler, network, view, violated }: StoreWorld): SimulatedStore {
  const server = serverOf('neo4j')
  const graph = createGraph(
    (holder) => { scheduler.after(TRANSACTION_MS, undefined, 'neo4j: looks at a transaction that somebody waits for', () => { holder.abort() }) },
    (before, after) => {
      for (const [topic, offset] of Object.entries(before?.label === 'Position' ? before.properties : {})) {
        if (typeof offset === 'number' && Number(after?.properties[topic]) < offset) violated('positions', `position of ${topic} went back from ${offset} to ${String(after?.properties[topic])}`)
      }
    })

  function connect(process: Process): Neo4jConnection {
    const begun = (transaction: Transaction): Driven => {
      let last: Promise<unknown> = Promise.resolve()
      const run = (cypher: string, params: AnyRow) => {
        const before = last
        const [what = ''] = /\$rows|Position/.exec(cypher) ?? []
        const ran = network.call(process, server, `${cypher.slice(0, 16)}… ${what} ${JSON.stringify(plain(params))}`, async () => {
          await before
          const rows = await runCypher(transaction, clausesOf(cypher), plain(params) as AnyRow)
          return { records: rows.map((row) => ({ get: (name: string) => row.get(name), toObject: () => Object.fromEntries(row) })) }
        })
        // a connection that breaks takes its transaction with it
        last = ran.catch(() => { transaction.abort() })
        return ran
      }
      return { run } as unknown as Driven
    }
    return {
      async transact(_what, work) {
        const transaction = graph.begin()
        network.onDisconnect(process, () => { transaction.abort() })
        try {
          const result = await work(begun(transaction))
          if (result !== undefined) await network.call(process, server, 'commit', () => { transaction.commit() })
          return result
        } finally {
          transaction.abort()
        }
      },
      alone: (what) => network.call(process, server, what, () => {}),
      query: () => { throw new Error('simulated neo4j: nothing is queried') },
      stream: () => { throw new Error('simulated neo4j: nothing is streamed') },
    }
  }

  return {
    server,
    loses: 'at any time',
    open: (process) => openStore(connect(process), view),
    remember() {
      const kept = graph.committed()
      return () => { graph.replace(kept) }
    },
    wipe: () => { graph.replace([]) },
    rows(row) {
      const edge = view.rows[row]?.edge !== undefined
      return graph.committed().filter(({ label, ends, properties }) => label === labelOf(view, row) && (ends !== undefined) === edge && (edge || properties['_row'] === true))
        .map(({ properties }) => properties)
    },
  }
}
