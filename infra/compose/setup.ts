/** Sets the containers up as `npm start` does the local stack: keyspace, topics, schemas, tables, grants, connectors. */
import { applyConnectors } from '@cdlc/connectors/apply.ts'
import { grantStatements } from '@cdlc/connectors/grants.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { migrate } from '@cdlc/services/shared/migrate.ts'
import { createConnection } from 'mysql2/promise'
import { applyContracts } from '../local/apply-contracts.ts'
import { createKeyspace } from '../local/servers/cassandra.ts'

const endpoints = endpointsFrom(process.env)
const { host, port } = endpoints.mysql

await createKeyspace(endpoints)
await applyContracts(endpoints)
await migrate(endpoints)
const administrator = await createConnection({ host, port, user: 'root', password: process.env['MYSQL_ROOT_PASSWORD'] ?? '' })
for (const statement of grantStatements()) await administrator.query(statement)
await administrator.end()
await applyConnectors(endpoints)
