import { describe, expect, test } from 'vitest'
import { RejectedError, type RowWrite } from '../runtime/store.ts'
import { isPermanent as clickhouse } from './clickhouse/errors.ts'
import { rejecting } from './errors.ts'
import { isPermanent as neo4j } from './neo4j/errors.ts'
import { isPermanent as redis } from './redis/errors.ts'
import { isPermanent as scylla } from './scylla/errors.ts'

/** An error as the driver makes it, within the one that says what was attempted. */
const failed = (message: string, fields: { readonly code?: unknown } = {}): Error =>
  new Error(`flushing: ${message}`, { cause: Object.assign(new Error(message), fields) })

describe.each([
  ['redis', redis, [
    [true, failed('WRONGTYPE Operation against a key holding the wrong kind of value script: eb35, on @user_script:1.')],
    [true, failed('ERR value is not a valid float script: 76fd, on @user_script:1.')],
    [true, failed('ERR Protocol error: invalid bulk length')],
    [true, failed('ERR string exceeds maximum allowed size (proto-max-bulk-len)')],
    [false, failed("OOM command not allowed when used memory > 'maxmemory'.")],
    [false, failed('LOADING Redis is loading the dataset in memory')],
    [false, failed("READONLY You can't write against a read only replica.")],
    [false, failed('MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.')],
    [false, failed('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.')],
    [false, failed('NOAUTH Authentication required.')],
    [false, failed('WRONGPASS invalid username-password pair')],
    [false, failed('CLUSTERDOWN The cluster is down')],
    [false, failed('Command timed out')],
    [false, failed('Connection is closed.')],
  ]],
  ['scylla', scylla, [
    [true, failed('Key may not be empty', { code: 0x2200 })],
    [true, failed('Key length of 70000 is longer than maximum of 65535', { code: 0x2200 })],
    [true, failed('Rejected an oversized mutation (9000053/8388608) for keyspace: cdlc. Top keys are: t.a', { code: 0x2200 })],
    [true, failed('Request is too big: length 18001763 exceeds maximum allowed length 16777216.', { code: 0x2200 })],
    [false, failed('table ratings does not exist', { code: 0x2200 })],
    [false, failed('unconfigured table ratings', { code: 0x2200 })],
    [false, failed('keyspace cdlc does not exist', { code: 0x2200 })],
    [false, failed('Undefined column name note in table cdlc.ratings', { code: 0x2200 })],
    [false, failed('Server timeout during write query', { code: 0x1100 })],
    [false, failed('Not enough replicas available', { code: 0x1000 })],
    [false, failed('Operation failed on a replica', { code: 0x1500 })],
    [false, failed('Server is overloaded', { code: 0x1001 })],
    [false, failed('Server is bootstrapping', { code: 0x1002 })],
    [false, failed('bad credentials', { code: 0x0100 })],
    [false, failed('All host(s) tried for query failed.')],
  ]],
  ['neo4j', neo4j, [
    [true, failed('Collections containing null values can not be stored in properties.', { code: 'Neo.ClientError.Statement.TypeError' })],
    [true, failed('long overflow', { code: 'Neo.ClientError.Statement.ArithmeticError' })],
    [true, failed("Cannot merge node using null property value for 'id'", { code: 'Neo.ClientError.Statement.SemanticError' })],
    [true, failed('Node already exists', { code: 'Neo.ClientError.Schema.ConstraintValidationFailed' })],
    [true, failed('Property value is too large to index, please see index documentation', { code: 'Neo.DatabaseError.Statement.ExecutionFailed' })],
    [false, failed('Java heap space', { code: 'Neo.DatabaseError.Statement.ExecutionFailed' })],
    [false, failed('deadlock', { code: 'Neo.TransientError.Transaction.DeadlockDetected' })],
    [false, failed('The memory pool limit was exceeded', { code: 'Neo.TransientError.General.MemoryPoolOutOfMemoryError' })],
    [false, failed('Unable to load NODE 4', { code: 'Neo.ClientError.Statement.EntityNotFound' })],
    [false, failed('no longer the leader', { code: 'Neo.ClientError.Cluster.NotALeader' })],
    [false, failed('read only', { code: 'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase' })],
    [false, failed('The client is unauthorized due to authentication failure.', { code: 'Neo.ClientError.Security.Unauthorized' })],
    [false, failed('the transaction timed out', { code: 'Neo.ClientError.Transaction.TransactionTimedOut' })],
    [false, failed("Invalid input 'CREAT'", { code: 'Neo.ClientError.Statement.SyntaxError' })],
    [false, failed('No server', { code: 'ServiceUnavailable' })],
  ]],
  ['clickhouse', clickhouse, [
    [true, failed("Cannot parse string 'b' as UInt8", { code: '6' })],
    [true, failed('Cannot parse input', { code: '27' })],
    [true, failed('Too large string size', { code: '131' })],
    [true, failed('Constraint `c` for table t is violated at row 1.', { code: '469' })],
    [true, failed('Cannot convert NULL value to non-Nullable type', { code: '349' })],
    [false, failed('Cannot read all data. Bytes read: 1. Bytes expected: 9', { code: '33' })],
    [false, failed('Table t does not exist', { code: '60' })],
    [false, failed('Memory limit exceeded', { code: '241' })],
    [false, failed('Too many parts', { code: '252' })],
    [false, failed('No space left on device', { code: '243' })],
    [false, failed('Timeout exceeded', { code: '159' })],
    [false, failed('Table is in readonly mode', { code: '242' })],
    [false, failed('Authentication failed', { code: '516' })],
    [false, failed('connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
  ]],
] as const)('of the errors of %s', (_store, isPermanent, cases) => {
  test.each(cases.map(([permanent, error]) => [permanent ? 'no retry mends' : 'a retry may mend', (error.cause as Error).message, permanent, error] as const))(
    '%s: %s', (_says, _message, permanent, error) => {
      expect([isPermanent(error), isPermanent(error.cause)]).toEqual([permanent, permanent])
    })
  test('one of our own, or no error at all, is none of the rows\'', () => {
    expect([isPermanent(new TypeError('x is undefined')), isPermanent('WRONGTYPE '), isPermanent(undefined)]).toEqual([false, false, false])
  })
})

describe('a call that fails', () => {
  const write: RowWrite = { row: 'r', id: 'a', key: { id: 'a' }, value: undefined, offset: 3, index: 0 }
  const failure = new Error('no')
  const call = (permanent: boolean, writes: readonly RowWrite[]): Promise<unknown> => rejecting(() => permanent, writes, () => Promise.reject(failure)).catch((error: unknown) => error)

  test('for good is a rejection, which names the write where there is only one', async () => {
    expect(await call(true, [write])).toEqual(expect.objectContaining({ writes: [write], cause: failure, message: 'no' }))
    expect(await call(true, [write, write])).toEqual(expect.objectContaining({ writes: [], cause: failure }))
    expect(await call(true, [write])).toBeInstanceOf(RejectedError)
  })
  test('for now stays what it is', async () => {
    expect(await call(false, [write])).toBe(failure)
  })
})
