/** Brings the OLTP databases to the shape their components' migration files describe. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { readdir, readFile } from 'node:fs/promises'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'

/** Whose migrations make up each database, in the order they are applied. */
export const databases: Readonly<Record<string, readonly string[]>> = {
  content: ['shared', 'inventory', 'actor'],
  user: ['shared', 'customer-services', 'authorization-server', 'social'],
}

export interface Applied {
  readonly database: string
  readonly name: string
}
interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

/** Statements of a migration file: each ends with ';' at a line's end. */
export const statementsOf = (text: string): readonly string[] =>
  text
    .split(/;[ \t]*(?:--[^\n]*)?(?:\n|$)/)
    .filter((part) => /^\s*[^\s-]/m.test(part))
    .map((part) => part.trim())

async function migrationsOf(component: string): Promise<readonly Migration[]> {
  const folder = new URL(`../${component}/migrations/`, import.meta.url)
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => ({ name: `${component}/${file}`, statements: statementsOf(await readFile(new URL(file, folder), 'utf8')) })),
  )
}

/** MySQL commits every DDL statement by itself, so progress is kept per statement: a migration cut short goes on where it stopped. */
async function apply(connection: Connection, { name, statements }: Migration): Promise<boolean> {
  const [[row]] = await connection.execute<RowDataPacket[]>('SELECT statements FROM schema_migrations WHERE name = ?', [name])
  const done = Number(row?.['statements'] ?? 0)
  for (const [index, statement] of statements.entries()) {
    if (index < done) continue
    await connection.query(statement).catch((error: unknown) => {
      throw new Error(`applying statement ${index + 1} of migration '${name}': ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    })
    await connection.execute(
      'INSERT INTO schema_migrations (name, statements, applied_at) VALUES (?, ?, UTC_TIMESTAMP(3)) ' +
        'ON DUPLICATE KEY UPDATE statements = VALUES(statements), applied_at = VALUES(applied_at)',
      [name, index + 1],
    )
  }
  return done < statements.length
}

async function migrateDatabase({ mysql }: Endpoints, database: string, components: readonly string[]): Promise<readonly Applied[]> {
  const connection = await createConnection({ ...mysql, charset: 'utf8mb4', connectTimeout: 10_000 })
  try {
    const name = connection.escapeId(database)
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`)
    await connection.query(`USE ${name}`)
    const [[lock]] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, 60) AS held', [`cdlc migrate ${database}`])
    if (lock?.['held'] !== 1)
      throw new Error(`migrating database '${database}': another migration has held the lock for 60 s; wait for it to end`)
    await connection.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(200) NOT NULL PRIMARY KEY, ' +
        'statements SMALLINT UNSIGNED NOT NULL, applied_at DATETIME(3) NOT NULL)',
    )
    const applied: Applied[] = []
    for (const migration of (await Promise.all(components.map(migrationsOf))).flat()) {
      if (await apply(connection, migration)) applied.push({ database, name: migration.name })
    }
    return applied
  } finally {
    connection.destroy() // lets go of the lock too
  }
}

/** Applies what is missing, each migration once however many run this at a time; answers what it applied. */
export async function migrate(endpoints: Endpoints): Promise<readonly Applied[]> {
  const applied: Applied[] = []
  for (const [database, components] of Object.entries(databases)) applied.push(...(await migrateDatabase(endpoints, database, components)))
  return applied
}
