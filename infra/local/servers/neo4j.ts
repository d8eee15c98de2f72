/** Neo4j, community edition. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../exec.ts'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { logOf } from '../supervisor.ts'
import { classArchive, conf, data, folder, type Parts, properties } from './parts.ts'

export function neo4j(parts: Parts): Server {
  const { stack, java21 } = parts
  const {
    port,
    neo4j: { password },
  } = stack.endpoints
  const home = data(parts, 'neo4j')
  const config = conf(parts, 'neo4j')
  const java = join(java21.home, 'bin', 'java')
  const classpath = join(folder(parts, 'neo4j'), 'lib', '*')
  const opens = ['java.nio', 'java.io', 'sun.nio.ch', 'java.util.concurrent', 'java.lang'].map(
    (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  )
  return {
    name: 'neo4j',
    ports: ['neo4j', 'neo4j_http'],
    after: [],
    memory_mb: 1400,
    command: [
      java,
      '-Xms256m',
      '-Xmx640m',
      '-XX:+UseSerialGC',
      ...classArchive(stack, java21, 'neo4j'),
      '-Xlog:disable',
      '-Xlog:all=error:stderr',
      '-XX:-OmitStackTraceInFastThrow',
      '-XX:+ExitOnOutOfMemoryError',
      '-Dio.netty.tryReflectionSetAccessible=true',
      '-Dlog4j2.disable.jmx=true',
      ...opens,
      '--enable-native-access=ALL-UNNAMED',
      ...(java21.major >= 23 ? ['--sun-misc-unsafe-memory-access=allow'] : []),
      '-cp',
      classpath,
      'org.neo4j.server.Neo4jCommunity',
      `--home-dir=${home}`,
      `--config-dir=${config}`,
    ],
    files: {
      [join(config, 'neo4j.conf')]: properties({
        'server.default_listen_address': '127.0.0.1',
        'server.bolt.enabled': true,
        'server.bolt.listen_address': `127.0.0.1:${port('neo4j')}`,
        'server.http.enabled': true,
        'server.http.listen_address': `127.0.0.1:${port('neo4j_http')}`,
        'server.https.enabled': false,
        'server.memory.heap.initial_size': '256m',
        'server.memory.heap.max_size': '640m',
        'server.memory.pagecache.size': '128m',
        'db.tx_log.rotation.retention_policy': '256M size',
        'dbms.security.auth_enabled': true,
        'dbms.usage_report.enabled': false,
        'server.directories.data': join(home, 'data'),
        'server.directories.logs': join(home, 'logs'),
      }),
    },
    prepare: async (signal) => {
      for (const sub of ['data', 'logs', 'plugins', 'import', 'run', 'licenses', 'lib']) mkdirSync(join(home, sub), { recursive: true })
      if (existsSync(join(home, 'data', 'databases', 'system'))) return
      await exec(
        java,
        [
          '-Xmx256m',
          '-XX:TieredStopAtLevel=1',
          `-Dapp.home=${home}`,
          `-Dbasedir=${home}`,
          '-cp',
          classpath,
          'org.neo4j.server.startup.Neo4jAdminCommand',
          'dbms',
          'set-initial-password',
          password,
        ],
        { env: { JAVA_HOME: java21.home, NEO4J_HOME: home, NEO4J_CONF: config }, log: logOf(stack, 'neo4j-password'), signal },
      )
    },
    probe: () => probes.bolt(port('neo4j')),
    stop_seconds: 90, // the first time it ends it writes its class archive
  }
}
