/** Kafka Streams in Java: built with Maven into the cache, run as a process of its own. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { exec } from '../../local/exec.ts'
import type { Stack } from '../../local/stack.ts'
import { chooseJdks, findJdks } from '../../local/toolchain.ts'
import { freePort } from '../ports.ts'
import { cpuSeconds } from '../processes.ts'
import type { Contestant } from './contestant.ts'
import type { TitleRow } from './totals.ts'

export type Guarantee = 'at_least_once' | 'exactly_once_v2'

const source = fileURLToPath(new URL('kafka-streams/', import.meta.url))
const RUN_WITHIN_MS = 600_000

/** Builds the application unless the cache has it; answers its folder. */
export async function buildKafkaStreams(cache: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(java|xml|properties)$/.test(name)).sort()) hash.update(readFileSync(join(source, file)))
  const folder = join(cache, `bench-kafka-streams-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return folder
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  await exec('mvn', ['-B', '-ntp', '-C', '-f', join(source, 'pom.xml'), `-Dmaven.repo.local=${join(cache, 'maven')}`, `-Dtarget=${part}`, 'compile'], { log: join(cache, 'logs', 'bench-kafka-streams.log') })
  renameSync(part, folder)
  return folder
}

/** One run; `flags` are for the JVM. */
export const kafkaStreams = (folder: string, { endpoints, home }: Pick<Stack, 'endpoints' | 'home'>, guarantee: Guarantee, flags: readonly string[] = []): Contestant => async ({ topic, records, name }) => {
  const state = mkdtempSync(join(home, 'bench', 'kafka-streams-'))
  const port = await freePort()
  const java = spawn(javaProgram(), [...flags, '--enable-native-access=ALL-UNNAMED', '-cp', `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`, 'cdlc.bench.TitleStats', ...argumentsOf(endpoints, topic, name, state, guarantee, records, port)],
    { stdio: ['pipe', 'pipe', 'pipe'], timeout: RUN_WITHIN_MS, killSignal: 'SIGKILL' })
  let errors = ''
  java.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-4_000) })
  const lines = createInterface({ input: java.stdout })[Symbol.asyncIterator]()
  const line = async (word: string): Promise<readonly string[]> => {
    const { value, done } = await lines.next()
    const words = done === true ? [] : value.split(' ')
    if (words[0] !== word) throw new Error(`running Kafka Streams: '${words.join(' ')}' where '${word}' was due\n${errors}`)
    return words
  }
  try {
    await line('running')
    const began = performance.now()
    const before = cpuSeconds(java.pid ?? 0)
    await line('applied')
    const wall_ms = performance.now() - began
    const working_cpu_s = cpuSeconds(java.pid ?? 0) - before
    const rows = await (await fetch(`http://127.0.0.1:${port}/stats`)).json() as readonly TitleRow[]
    java.stdin.end()
    const [, cpu_ms, peak_kb] = await line('closed')
    return { wall_ms, working_cpu_s, cpu_s: Number(cpu_ms) / 1_000, peak_mb: Math.round(Number(peak_kb) / 1_024), rows }
  } finally {
    if (java.exitCode === null && java.signalCode === null) {
      const ended = once(java, 'exit')
      java.kill('SIGKILL')
      await ended
    }
    rmSync(state, { recursive: true, force: true })
  }
}

function javaProgram(): string {
  const jdk = chooseJdks(findJdks()).java21
  if (jdk === undefined) throw new Error('running Kafka Streams: no Java 21 or newer; npm start says how to get it')
  return join(jdk.home, 'bin', 'java')
}

const argumentsOf = (endpoints: Endpoints, topic: string, name: string, state: string, guarantee: Guarantee, records: number, port: number): readonly string[] =>
  [endpoints.kafka.brokers.join(','), endpoints.registry.url, topic, name, state, guarantee, String(records), String(port)]
