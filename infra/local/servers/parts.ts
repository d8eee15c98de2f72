/** What the servers are put together from: the stack, the installed components, the Javas; and how a JVM is called. */
import { join } from 'node:path'
import type { ComponentName } from '../components.ts'
import type { Installation } from '../install.ts'
import type { Stack } from '../stack.ts'
import type { Jdk } from '../toolchain.ts'

export interface Parts {
  readonly stack: Stack
  readonly at: Installation
  readonly java17: Jdk
  readonly java21: Jdk
}

/** Folder of a component that no program of the machine stands in for. */
export function folder({ at }: Parts, name: ComponentName): string {
  const place = at(name)
  if ('program' in place) throw new Error(`looking for component '${name}': it is the machine's '${place.program}', not a folder`)
  return place.folder
}

/** Path of a component's program, the cache's or the machine's. */
export function program({ at }: Parts, name: ComponentName, file: string): string {
  const place = at(name)
  return 'program' in place ? place.program : join(place.folder, 'bin', file)
}

export const data = ({ stack }: Parts, name: string): string => join(stack.home, 'data', name)
export const conf = ({ stack }: Parts, file: string): string => join(stack.home, 'conf', file)
export const python = (parts: Parts): string => join(folder(parts, 'python'), 'bin', 'python')

/**
 * Java 21 or newer with what starts fast and stays small: the first compiler only, the serial collector, and an archive of loaded
 * classes in the cache, which the JVM writes itself when it first ends and reads from then on.
 */
export function smallJvm({ stack, java21 }: Parts, name: string, heap: string): readonly string[] {
  return [
    join(java21.home, 'bin', 'java'),
    '-Xms64m',
    `-Xmx${heap}`,
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...classArchive(stack, java21, name),
    '-Xlog:disable',
    '-Xlog:all=error:stderr',
    '-XX:+ExitOnOutOfMemoryError',
  ]
}

export const classArchive = (stack: Stack, java: Jdk, name: string): readonly string[] => [
  '-XX:+AutoCreateSharedArchive',
  `-XX:SharedArchiveFile=${join(stack.cache, `${name}-java${java.major}.jsa`)}`,
]

/** Lines of a .properties file. */
export const properties = (values: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

/** Logging of Kafka's programs to standard output, which supervisor keeps and rotates. */
export const log4j = properties({
  'log4j.rootLogger': 'INFO, stdout',
  'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.stdout.layout.ConversionPattern': '[%d] %p %m (%c)%n',
})
