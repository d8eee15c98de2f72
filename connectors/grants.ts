/** What the Debezium user may do in MySQL: read the captured tables one by one, signal and heartbeat, and follow the binlog. */
import { captureOf, connectors } from './configs.ts'
import { debeziumUser } from './render.ts'

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'`

/**
 * Statements that make the Debezium user and grant it the least it needs; to be run as an administrator after the migrations,
 * since MySQL grants on a table only once it is there. Running them again changes nothing.
 */
export function grantStatements(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  const { user, password } = debeziumUser(env)
  const account = `${quoted(user)}@'%'`
  const statements = [
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY ${quoted(password)}`,
    `ALTER USER ${account} IDENTIFIED BY ${quoted(password)}`,
    // the binlog and its position; these have no narrower form than the server
    `GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO ${account}`,
    // the read lock under which an initial snapshot notes tables and position: FLUSH_TABLES allows that and no other kind of reload
    `GRANT FLUSH_TABLES ON *.* TO ${account}`,
  ]
  for (const connector of connectors()) {
    const { database, tables, outbox, signal, heartbeat } = captureOf(connector)
    const on = (table: string): string => `ON \`${database}\`.\`${table}\` TO ${account}`
    for (const table of [...tables.map((captured) => captured.table), outbox]) statements.push(`GRANT SELECT ${on(table)}`)
    statements.push(`GRANT SELECT, INSERT, DELETE ${on(signal)}`) // watermarks: inserted, and deleted when their window closes
    statements.push(`GRANT SELECT, INSERT, UPDATE ${on(heartbeat)}`)
  }
  return statements
}
