/** Runs a statement in a transaction, clause by clause. Writing takes the lock of what is written; reading takes none. */
import type { AnyRow } from '../../../runtime/store.ts'
import { type Context, type Expression, isRef, type Ref, type Row, type Value } from './expressions.ts'
import type { Entity, Transaction } from './graph.ts'
import type { Clause, Item, NodePattern, Path, SetItem } from './statements.ts'

const POSITION = 'Position'
/** A position is locked by itself; rows are locked all together, which is more than Neo4j does, and never less. */
const lockOf = (label: string, properties: AnyRow): string => (label === POSITION ? `position ${String(properties['id'])}` : 'rows')
const present = (properties: AnyRow): AnyRow => Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null && value !== undefined))

/** Answers the rows that the statement returns. */
export async function runCypher(transaction: Transaction, clauses: readonly Clause[], params: AnyRow): Promise<readonly Row[]> {
  const contextOf = (row: Row, group: readonly Row[] = [row]): Context => ({
    row, group, params,
    properties: ({ ref }) => transaction.get(ref)?.properties ?? {},
    connected: ({ ref }) => transaction.all(true, undefined).some(({ ends }) => ends?.from === ref || ends?.to === ref),
  })
  const holds = (condition: Expression | undefined, row: Row): boolean => condition === undefined || condition.of(contextOf(row)) === true
  const entityOf = (row: Row, name: string): Entity | undefined => {
    const value = row.get(name)
    return isRef(value) ? transaction.get(value.ref) : undefined
  }
  const fits = (entity: Entity, { label, properties }: NodePattern, row: Row): boolean => (label === undefined || entity.label === label)
    && properties.every(([key, value]) => JSON.stringify(entity.properties[key] ?? null) === JSON.stringify(value.of(contextOf(row))))
  const named = (row: Row, ...refs: readonly (readonly [NodePattern | undefined, number])[]): Row =>
    new Map<string, Value>([...row, ...refs.flatMap(([pattern, ref]): (readonly [string, Ref])[] => (pattern === undefined || pattern.name === '' ? [] : [[pattern.name, { ref }]]))])
  const nodes = (pattern: NodePattern, row: Row): readonly Entity[] => {
    if (!row.has(pattern.name)) return transaction.all(false, pattern.label).filter((entity) => fits(entity, pattern, row))
    const bound = entityOf(row, pattern.name)
    return bound === undefined ? [] : [bound] // it may have been deleted meanwhile
  }

  function matches({ from, edge, to }: Path, row: Row): readonly Row[] {
    if (edge === undefined || to === undefined) return nodes(from, row).map((entity) => named(row, [from, entity.id]))
    const ends = (pattern: NodePattern): ReadonlySet<number> => new Set(nodes(pattern, row).map(({ id }) => id))
    const [froms, tos] = [ends(from), ends(to)]
    return transaction.all(true, edge.label).flatMap((entity) => (
      entity.ends !== undefined && froms.has(entity.ends.from) && tos.has(entity.ends.to) && fits(entity, edge, row)
        ? [named(row, [from, entity.ends.from], [edge, entity.id], [to, entity.ends.to])] : []))
  }

  async function merge(path: Path, created: readonly SetItem[], row: Row): Promise<readonly Row[]> {
    const found = matches(path, row)
    if (found.length > 0) return found
    const pattern = path.edge ?? path.from
    const properties = present(Object.fromEntries(pattern.properties.map(([key, value]) => [key, value.of(contextOf(row))])))
    const label = pattern.label ?? ''
    await transaction.lock(lockOf(label, properties))
    const meanwhile = matches(path, row)
    if (meanwhile.length > 0) return meanwhile
    const [from, to] = [entityOf(row, path.from.name), entityOf(row, path.to?.name ?? '')]
    if (path.edge !== undefined && (from === undefined || to === undefined)) throw new Error('joining nodes: one was deleted by another transaction')
    const ends = path.edge === undefined || from === undefined || to === undefined ? undefined : { from: from.id, to: to.id }
    const made = named(row, [pattern, transaction.create(label, properties, ends).id])
    await set(created, made)
    return [made]
  }

  async function set(items: readonly SetItem[], row: Row): Promise<void> {
    for (const { name, property, adds, value } of items) {
      const entity = entityOf(row, name)
      if (entity === undefined) continue
      await transaction.lock(lockOf(entity.label, entity.properties))
      const now = transaction.get(entity.id)
      if (now === undefined) throw new Error(`entity ${entity.id} was deleted in this or another transaction`)
      const given = value.of(contextOf(row))
      const changed = property !== undefined ? { ...now.properties, [property]: given } : { ...(adds ? now.properties : {}), ...given as AnyRow }
      transaction.put(entity.id, { ...now, properties: present(changed) })
    }
  }

  async function remove(name: string, row: Row): Promise<void> {
    const entity = entityOf(row, name)
    if (entity === undefined) return
    await transaction.lock(lockOf(entity.label, entity.properties))
    if (entity.ends === undefined && contextOf(row).connected({ ref: entity.id })) throw new Error(`cannot delete node ${entity.id}: it still has relationships`)
    transaction.put(entity.id, undefined)
  }

  function project(items: readonly Item[], rows: readonly Row[]): readonly Row[] {
    const of = (row: Row, group: readonly Row[]): Row => new Map(items.map(({ as, value }) => [as, value.of(contextOf(row, group))]))
    return items.some(({ value }) => value.aggregate) ? [of(rows[0] ?? new Map(), rows)] : rows.map((row) => of(row, [row]))
  }

  let rows: readonly Row[] = [new Map()]
  for (const clause of clauses) {
    switch (clause.kind) {
      case 'unwind': rows = rows.flatMap((row) => (clause.list.of(contextOf(row)) as readonly Value[]).map((value) => new Map([...row, [clause.as, value]]))); break
      case 'match': rows = rows.flatMap((row) => matches(clause.path, row)).filter((row) => holds(clause.where, row)); break
      case 'merge': {
        const merged: Row[] = []
        for (const row of rows) merged.push(...await merge(clause.path, clause.created, row))
        rows = merged
        break
      }
      case 'set': for (const row of rows) await set(clause.items, row); break
      case 'delete': for (const row of rows) await remove(clause.name, row); break
      case 'with': {
        const projected = project(clause.items, rows).filter((row) => holds(clause.where, row))
        rows = clause.distinct ? [...new Map(projected.map((row) => [JSON.stringify([...row]), row])).values()] : projected
        break
      }
      case 'return': rows = project(clause.items, rows); break
    }
  }
  return clauses.at(-1)?.kind === 'return' ? rows : []
}
