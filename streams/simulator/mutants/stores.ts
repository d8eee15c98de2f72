/** Mutants of the sinks for Neo4j, ScyllaDB and ClickHouse. */
import { mutantsOf } from './mutant.ts'

export const ofStores = [
  ...mutantsOf('sinks/neo4j/compile.ts', [
    ['no-compare', 'the transaction writes whatever the fence is', 'WHERE toString(p.fence) = $fence AND coalesce', 'WHERE coalesce'],
    ['fence-stands', 'a flush leaves the fence as it was', 'SET p.fence = $moved, p += $next', 'SET p += $next'],
    ['position-stands', 'a flush does not move the position', 'SET p.fence = $moved, p += $next', 'SET p.fence = $moved'],
    ['position-of-start', 'the position is that of the batch\'s start', 'next: { [batch.topic]: neo4j.int(batch.next) }', 'next: { [batch.topic]: neo4j.int(batch.from) }'],
    ['position-past', 'the position is one too far', 'next: { [batch.topic]: neo4j.int(batch.next) }', 'next: { [batch.topic]: neo4j.int(batch.next + 1) }'],
    ['one-position', 'all partitions share one position', '`${storeName(view)}:${partition}`', '`${storeName(view)}:0`'],
    ['nodes-not-removed', 'removed rows stay', 'add(3, removeNodes(view, row, spec), removed)', ''],
    ['nodes-not-put', 'rows are not put', "add(0, putNodes(view, row, spec), put.map((properties) => ({ ...properties, _row: true })))", ''],
    ['stubs-are-rows', 'a node is no row', '({ ...properties, _row: true })', '({ ...properties })'],
  ]),
  ...mutantsOf('sinks/neo4j/store.ts', [
    ['fenced-commits', 'a fenced transaction is committed', 'return left.some((batch) => fenced.has(batch)) ? undefined : new Map', 'return new Map'],
    ['reads-nothing', 'rows are read as absent', "found[record.get('place')] = fromProperties(specOf(view.rows, row), record.get('properties'))", ''],
    ['old-fence', 'the worker goes on with the fence of before', "{ fence: fences.get(batch) ?? '' }", '{ fence: batch.fence }'],
  ]),
  ...mutantsOf('sinks/scylla/compile.ts', [
    ['timestamp-of-row', 'all writes carry one timestamp', 'return offset * WRITES_PER_EVENT + index + 1', 'return 1'],
    ['timestamp-without-index', 'writes of one event carry one timestamp, and of later events smaller ones', 'return offset * WRITES_PER_EVENT + index + 1', 'return WRITES_PER_EVENT - (offset % WRITES_PER_EVENT)'],
    ['position-past', 'the position is one too far', 'params: [batch.partition, batch.topic, batch.next, batch.next]', 'params: [batch.partition, batch.topic, batch.next + 1, batch.next]'],
    ['one-position', 'all partitions share one position', 'params: [batch.partition, batch.topic, batch.next, batch.next]', 'params: [0, batch.topic, batch.next, batch.next]'],
    ['one-a-batch', 'of statements of one key the last is sent', 'batch.statements.push(statement)', 'batch.statements.splice(0, 9, statement)'],
    ['removal-of-none', 'removals carry no timestamp that counts', 'params: [timestampOf(write), ...valuesOf(spec.key, write.key)] }', 'params: [1, ...valuesOf(spec.key, write.key)] }'],
  ]),
  ...mutantsOf('sinks/scylla/store.ts', [
    ['position-first', 'the position is noted before the rows are there', '      await behind.settleFailed()\n', '      await behind.settleFailed()\n      behind.note(batch.partition, batch.topic, batch.next)\n      await behind.settle(batch.partition)\n'],
    ['rows-not-awaited', 'the flush ends before its rows are there', 'await each(compileBatches(keyspace, view, batch.writes), async', 'void each(compileBatches(keyspace, view, batch.writes), async'],
    ['position-not-noted', 'positions are never written', '      behind.note(batch.partition, batch.topic, batch.next)\n      return', '      return'],
    ['errors-swallowed', 'a batch that fails counts as sent', 'if (!isPermanent(cause)) throw cause', 'if (!isPermanent(cause)) return []'],
  ]),
  ...mutantsOf('sinks/clickhouse/compile.ts', [
    ['next-past', 'the position is read one too far', 'Math.floor(position / WRITES_PER_EVENT) + 1', 'Math.floor(position / WRITES_PER_EVENT) + 2'],
    ['position-without-offset', 'rows carry no position that counts', 'return write.offset * WRITES_PER_EVENT + write.index', 'return write.index'],
    ['removal-kept', 'removed rows stay', 'byte(bytes, value === undefined ? 1 : 0)', 'byte(bytes, 0)'],
    ['one-partition', 'all rows say that they are of one partition', 'uint16(bytes, partition)', 'uint16(bytes, 0)'],
  ]),
  ...mutantsOf('sinks/clickhouse/commits.ts', [
    ['token-of-table', 'every insert has the same token', "update(positions.join())", "update('')"],
    ['token-used-up', 'an insert that was dropped is sent again under its token', "attempt === 0 ? '' : `#${attempt}`", "attempt < 99 ? '' : `#${attempt}`"],
    ['loss-not-told', 'a table that stands behind is taken for one that moves', 'if (now < before) {', 'if (now < before && partition < 0) {'],
    ['holds-what-it-had', 'whoever waits is answered by what the table had', '} else if (now >= last) {', '} else if (now >= before) {'],
    ['table-not-read', 'after an insert the table is taken for what it was', 'const after = await table.read()', 'const after = state'],
    ['lacks-too-little', 'the row behind the table\'s position is not sent', 'positionOf(write) > at(state, partition)', 'positionOf(write) > at(state, partition) + 1'],
    ['others-answered', 'all that wait are answered with one of them', 'return now >= before && now < last', 'return now >= before && now < last && partition === 0'],
  ]),
  ...mutantsOf('sinks/clickhouse/store.ts', [
    ['lost-is-fine', 'a table that stands behind is not noticed', '!await kind.commits.put({ partition, ...run })) return false', '!await kind.commits.put({ partition, ...run })) return true'],
    ['most-of-tables', 'the position is that of the table that has most', 'Math.min(...positions)', 'Math.max(...positions)'],
    ['redriven-as-new', 'a redriven row is inserted as if it were new', 'own.filter((write) => write.source !== undefined)', 'own.filter((write) => write.source === row)'],
  ]),
]
