/** A property graph and transactions over it: committed data is seen by all, a transaction's own changes by itself alone; locks are held to the end. */
import type { AnyRow } from '../../../runtime/store.ts'

export interface Entity {
  readonly id: number
  readonly label: string
  readonly properties: AnyRow
  /** Of a relationship: the nodes it joins. */
  readonly ends: { readonly from: number; readonly to: number } | undefined
}

export interface Transaction {
  get(id: number): Entity | undefined
  /** Nodes, or relationships, of this label; of any, where none is given. */
  all(edges: boolean, label: string | undefined): readonly Entity[]
  create(label: string, properties: AnyRow, ends: Entity['ends']): Entity
  /** Writes the entity; undefined removes it. */
  put(id: number, entity: Entity | undefined): void
  /** Resolves once nobody else holds this lock; throws where the transaction has been ended meanwhile. */
  lock(key: string): Promise<void>
  commit(): void
  abort(): void
}

export interface Graph {
  begin(): Transaction
  committed(): readonly Entity[]
  /** As a server does that starts on other data: transactions end. */
  replace(entities: readonly Entity[]): void
}

/** `wait` is told of a transaction that somebody waits for, so that it can be ended when it has taken too long. */
export function createGraph(wait: (holder: Transaction) => void, committed: (before: Entity | undefined, after: Entity | undefined) => void): Graph {
  const data = new Map<number, Entity>()
  const running = new Set<Transaction>()
  const locks = new Map<string, { readonly holder: Transaction; readonly waiting: (() => void)[] }>()
  let ids = 0

  function begin(): Transaction {
    const changes = new Map<number, Entity | undefined>()
    const held = new Set<string>()
    let open = true
    const insist = (): void => { if (!open) throw new Error('the transaction has been ended') }
    const end = (): void => {
      open = false
      running.delete(transaction)
      for (const key of held) {
        const waiting = locks.get(key)?.waiting ?? []
        locks.delete(key)
        for (const next of waiting) next()
      }
    }
    const transaction: Transaction = {
      get: (id) => (changes.has(id) ? changes.get(id) : data.get(id)),
      all: (edges, label) => [...new Set([...data.keys(), ...changes.keys()])].flatMap((id) => transaction.get(id) ?? [])
        .filter((entity) => (entity.ends !== undefined) === edges && (label === undefined || entity.label === label)),
      create(label, properties, ends) {
        insist()
        const entity = { id: ++ids, label, properties, ends }
        changes.set(entity.id, entity)
        return entity
      },
      put(id, entity) {
        insist()
        changes.set(id, entity)
      },
      async lock(key) {
        for (;;) {
          insist()
          const lock = locks.get(key)
          if (lock?.holder === transaction) return
          if (lock === undefined) {
            locks.set(key, { holder: transaction, waiting: [] })
            held.add(key)
            return
          }
          wait(lock.holder)
          await new Promise<void>((resolve) => { lock.waiting.push(resolve) })
        }
      },
      commit() {
        insist()
        for (const [id, entity] of changes) {
          committed(data.get(id), entity)
          if (entity === undefined) data.delete(id)
          else data.set(id, entity)
        }
        end()
      },
      abort: () => { if (open) end() },
    }
    running.add(transaction)
    return transaction
  }
  return {
    begin,
    committed: () => [...data.values()],
    replace(entities) {
      for (const transaction of running) transaction.abort()
      data.clear()
      for (const entity of entities) data.set(entity.id, entity)
    },
  }
}
