/** Which errors of ScyllaDB and Cassandra are the rows' own: those of requests that are well made but that no node will take. */
import { isAny } from '../errors.ts'

/** "Invalid", in the native protocol: a key too long or empty, a mutation or request too large. */
const INVALID = 0x2200
/** Invalid too, but by the schema, which whoever dropped or altered a table can mend. */
const schema = /does ?n[o']t exist|unconfigured|undefined column|unknown (identifier|keyspace)/i

/** All others may pass: time-outs, too few replicas, overload, a node that is still starting. */
export const isPermanent = (error: unknown): boolean => isAny(error, ({ code, message }) => code === INVALID && !schema.test(message))
