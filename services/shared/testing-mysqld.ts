/** A second MySQL for tests, out of the program that the first one runs from, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'

export interface Mysqld {
  readonly port: number
  /** Runs statements as root, over its socket. */
  root(...statements: readonly string[]): Promise<void>
  /** As if the machine had lost its power. */
  kill(): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}
/** Where a running MySQL is, and what it runs from. */
export interface Origin {
  readonly basedir: string
  readonly socket: string
  readonly characterSets: string
  readonly messages: string
  readonly plugins: string
}

const starts_ms = 120_000

/** Asks a running MySQL. */
export async function originOf(mysql: { readonly host: string; readonly port: number; readonly user: string; readonly password: string }): Promise<Origin> {
  const connection = await createConnection(mysql)
  try {
    const [[row]] = await connection.query<RowDataPacket[]>(
      'SELECT @@basedir AS basedir, @@socket AS socket, @@character_sets_dir AS characterSets, @@lc_messages_dir AS messages, @@plugin_dir AS plugins',
    )
    return row as unknown as Origin
  } finally {
    await connection.end()
  }
}

/** Runs statements as root of the MySQL behind a socket. */
export async function asRoot(socketPath: string, statements: readonly string[]): Promise<void> {
  const connection = await createConnection({ socketPath, user: 'root' })
  try {
    for (const statement of statements) await connection.query(statement)
  } finally {
    await connection.end()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An unpacked one is started by a script beside its folder, which knows its libraries. */
function programOf({ basedir }: Origin): string {
  const places = [join(basedir, '..', '..', 'bin', 'mysqld'), join(basedir, 'bin', 'mysqld'), join(basedir, 'sbin', 'mysqld')]
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error(`starting a second MySQL: there is no mysqld at ${places.join(', ')}`)
  return found
}

/** Starts an empty one, with GTIDs, that forgets nothing but what a crash of the machine would take. */
export async function startMysqld(origin: Origin, server_id: number): Promise<Mysqld> {
  const folder = await mkdtemp(join(tmpdir(), 'cdlc-mysqld-'))
  const [port, socket, config] = [await freePort(), join(folder, 's'), join(folder, 'my.cnf')]
  const settings = {
    basedir: origin.basedir, character_sets_dir: origin.characterSets, lc_messages_dir: origin.messages, plugin_dir: origin.plugins,
    datadir: join(folder, 'data'), port, 'bind-address': '127.0.0.1', socket, 'pid-file': join(folder, 'pid'), mysqlx: 'OFF', secure_file_priv: 'NULL',
    'default-time-zone': '+00:00', character_set_server: 'utf8mb4', 'server-id': server_id, gtid_mode: 'ON', enforce_gtid_consistency: 'ON',
    innodb_flush_log_at_trx_commit: 0, sync_binlog: 0, innodb_doublewrite: 'OFF', innodb_buffer_pool_size: '64M', performance_schema: 'OFF',
  }
  await writeFile(config, `[mysqld]\n${Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join('')}skip-log-bin\nskip-name-resolve\nskip-replica-start\n`)
  const run = (...more: readonly string[]): ChildProcess =>
    spawn(programOf(origin), [`--defaults-file=${config}`, ...(userInfo().uid === 0 ? ['--user=root'] : []), ...more], { stdio: 'ignore' })
  const [code] = (await once(run('--initialize-insecure'), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`initialising a second MySQL in '${folder}': it ended with ${code}`)
  const child = run()
  const ended = once(child, 'exit')
  for (const deadline = Date.now() + starts_ms; ; await sleep(100)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`starting a second MySQL in '${folder}': it does not answer`)
    if (await asRoot(socket, ['DO 1']).then(() => true, () => false)) break
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return {
    port,
    root: (...statements) => asRoot(socket, statements),
    kill: () => end('SIGKILL'),
    async close() {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
