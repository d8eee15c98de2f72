/** Kafka Streams in Java: built with Maven into the cache, run as a process of its own, asked over HTTP. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exec } from '../../local/exec.ts'
import type { Stack } from '../../local/stack.ts'
import { chooseJdks, findJdks } from '../../local/toolchain.ts'
import { freePort } from '../ports.ts'
import { built } from './built.ts'
import type { Contestant } from './contestant.ts'
import { runProgram } from './program.ts'
import type { TitleRow } from './totals.ts'

export type Guarantee = 'at_least_once' | 'exactly_once_v2'

const source = fileURLToPath(new URL('kafka-streams/', import.meta.url))

/** Builds the application unless the cache has it; answers its folder. */
export const buildKafkaStreams = (cache: string): Promise<string> => built(cache, 'bench-kafka-streams', source, (folder, log) =>
  exec('mvn', ['-B', '-ntp', '-C', '-f', join(source, 'pom.xml'), `-Dmaven.repo.local=${join(cache, 'maven')}`, `-Dtarget=${folder}`, 'compile'], { log }))

/** `flags` are for the JVM. */
export const kafkaStreams = (folder: string, stack: Pick<Stack, 'endpoints' | 'home'>, guarantee: Guarantee, flags: readonly string[] = []): Contestant =>
  async ({ topic, records, name }) => {
    const { kafka, registry } = stack.endpoints
    const port = await freePort()
    return runProgram(stack, (state) => ({
      command: javaProgram(),
      args: [
        ...flags, '--enable-native-access=ALL-UNNAMED', '-cp', `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`, 'cdlc.bench.TitleStats',
        kafka.brokers.join(','), registry.url, topic, name, state, guarantee, String(records), String(port),
      ],
    }), { whileRunning: async () => await (await fetch(`http://127.0.0.1:${port}/stats`)).json() as readonly TitleRow[] })
  }

function javaProgram(): string {
  const jdk = chooseJdks(findJdks()).java21
  if (jdk === undefined) throw new Error('running Kafka Streams: no Java 21 or newer; npm start says how to get it')
  return join(jdk.home, 'bin', 'java')
}
