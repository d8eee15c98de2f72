/** MySQL with row binlog and GTIDs, as Debezium needs it. Root comes in through the unix socket only. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { exec } from '../exec.ts'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import type { Stack } from '../stack.ts'
import { logOf } from '../supervisor.ts'
import { conf, data, type Parts, program, properties } from './parts.ts'

export const databases = ['content', 'user'] as const
const socketOf = (stack: Stack): string => join(stack.sockets, 'mysql.sock')

export function mysql(parts: Parts): Server {
  const { stack, at } = parts
  const {
    port,
    mysql: { user, password },
  } = stack.endpoints
  const config = conf(parts, 'my.cnf')
  const mysqld = program(parts, 'mysql', 'mysqld')
  const asRoot = userInfo().uid === 0 ? ['--user=root'] : []
  const place = at('mysql')
  const base = 'folder' in place ? join(place.folder, 'root', 'usr') : undefined
  const unpacked: Readonly<Record<string, string>> =
    base === undefined
      ? {}
      : {
          basedir: base,
          lc_messages_dir: join(base, 'share', 'mysql'),
          character_sets_dir: join(base, 'share', 'mysql', 'charsets'),
          plugin_dir: join(base, 'lib', 'mysql', 'plugin'),
        }
  const settings = (datadir: string): string =>
    `[mysqld]\n${properties({
      ...unpacked,
      datadir,
      port: port('mysql'),
      'bind-address': '127.0.0.1',
      socket: socketOf(stack),
      'pid-file': join(stack.sockets, 'mysqld.pid'),
      mysqlx: 'OFF',
      secure_file_priv: 'NULL',
      'default-time-zone': '+00:00',
      character_set_server: 'utf8mb4',
      'server-id': 1,
      'log-bin': 'binlog',
      binlog_row_image: 'FULL',
      binlog_row_metadata: 'FULL',
      gtid_mode: 'ON',
      enforce_gtid_consistency: 'ON',
      // an acknowledged commit survives a crash, in the tables and in the binlog alike
      innodb_flush_log_at_trx_commit: 1,
      sync_binlog: 1,
      innodb_buffer_pool_size: '128M',
      innodb_redo_log_capacity: '64M',
      innodb_data_file_path: 'ibdata1:12M:autoextend',
      performance_schema: 'OFF',
    })}skip-name-resolve\n`
  const fresh = `${data(parts, 'mysql')}.part`
  const initial = conf(parts, 'my-initial.cnf')
  return {
    name: 'mysql',
    ports: ['mysql'],
    after: [],
    memory_mb: 900,
    command: [mysqld, `--defaults-file=${config}`, ...asRoot],
    files: { [config]: settings(data(parts, 'mysql')), [initial]: settings(fresh) },
    prepare: async (signal) => {
      if (existsSync(data(parts, 'mysql'))) return
      rmSync(fresh, { recursive: true, force: true })
      await exec(mysqld, [`--defaults-file=${initial}`, ...asRoot, '--initialize-insecure'], {
        log: logOf(stack, 'mysql-initialise'),
        signal,
      })
      renameSync(fresh, data(parts, 'mysql'))
    },
    probe: () => probes.mysql(socketOf(stack)),
    complete: () =>
      asAdministrator(stack, [
        ...databases.map((database) => `CREATE DATABASE IF NOT EXISTS \`${database}\``),
        `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}'`,
        ...databases.map((database) => `GRANT ALL ON \`${database}\`.* TO '${user}'@'%'`),
      ]),
    stop_seconds: 60,
  }
}

/** Runs statements as MySQL's root, over the stack's socket. */
export async function asAdministrator(stack: Stack, statements: readonly string[]): Promise<void> {
  const connection = await createConnection({ socketPath: socketOf(stack), user: 'root' })
  try {
    for (const statement of statements) await connection.query(statement)
  } finally {
    await connection.end()
  }
}
