/** What the machine itself has to offer: Java, and programs on the path. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Environment } from './stack.ts'

export interface Jdk {
  readonly home: string
  readonly major: number
}

const subfolders = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Path of a program on PATH, or in the system folders that an ordinary user's PATH lacks. */
export function onPath(program: string, env: Environment = process.env): string | undefined {
  return [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** First version number in what `program --version` prints, as [major, minor]; undefined if it does not run or says none. */
export function versionOf(program: string, flag = '--version'): { readonly major: number; readonly text: string } | undefined {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8', timeout: 20_000 })
  const text = `${stdout ?? ''}${stderr ?? ''}`
  const major = /(\d+)\.\d+/.exec(text)?.[1]
  return major === undefined ? undefined : { major: Number(major), text }
}

/** Every Java on the machine, from JAVA_HOME and JAVA_<n>_HOME, the path, the system's folder and SDKMAN's; long-term releases first. */
export function findJdks(env: Environment = process.env): readonly Jdk[] {
  const named = Object.entries(env)
    .filter(([name]) => /^JAVA_(\d+_)?HOME(_\d+_X64)?$/.test(name))
    .flatMap(([, home]) => home ?? [])
  const java = onPath('java', env)
  const homes = [
    ...named,
    ...subfolders('/usr/lib/jvm'),
    ...subfolders(join(homedir(), '.sdkman', 'candidates', 'java')),
    ...(java === undefined ? [] : [dirname(dirname(realpathSync(java)))]),
  ]
    .filter((home) => existsSync(join(home, 'bin', 'java')))
    .map((home) => realpathSync(home))
  const jdks = [...new Set(homes)].flatMap((home) => {
    const major = majorOf(home)
    return major === undefined ? [] : [{ home, major }]
  })
  const rank = ({ major }: Jdk): number => ([25, 21, 17].includes(major) ? 1000 : 0) + major
  return jdks.toSorted((a, b) => rank(b) - rank(a))
}

function majorOf(home: string): number | undefined {
  try {
    const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1]
    return version === undefined ? undefined : Number(version)
  } catch {
    return versionOf(join(home, 'bin', 'java'), '-version')?.major
  }
}

/** The Java for Cassandra (17 and no other) and the one for all else (21 or newer); undefined where there is none. */
export function chooseJdks(jdks: readonly Jdk[]): { readonly java17: Jdk | undefined; readonly java21: Jdk | undefined } {
  return { java17: jdks.find(({ major }) => major === 17), java21: jdks.find(({ major }) => major >= 21) }
}
