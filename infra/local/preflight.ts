/** Looks at the machine before anything starts and names all that stands in the way, each with its cure. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type PortName, ports } from '@cdlc/schemas/endpoints.ts'
import type { Component, Tool } from './components.ts'
import { networkCure } from './exec.ts'
import { inspect } from './install.ts'
import { holderOf, isTaken } from './ports.ts'
import type { Environment, Stack } from './stack.ts'
import { chooseJdks, findJdks, type Jdk, onPath } from './toolchain.ts'

export interface Finding {
  readonly problem: string
  readonly cure: string
}

const needed = { disk_gb: 6, memory_gb: 5 } as const

/** Everything that would keep the stack from starting; empty if nothing does. */
export async function preflight(stack: Stack, env: Environment = process.env): Promise<readonly Finding[]> {
  const { missing } = inspect(stack.cache, env)
  return [
    ...platformFindings(process.platform, process.arch, process.versions.node),
    ...javaFindings(findJdks(env)),
    ...toolFindings(
      missing,
      (tool) => onPath(tool, env) !== undefined,
      () => spawnSync('python3', ['-c', 'import venv, ensurepip'], { env: { ...env } }).status === 0,
    ),
    ...spaceFindings(
      [stack.home, stack.cache].map((folder) => ({ folder, free_gb: freeDisk(folder) })),
      freeMemory(),
    ),
    ...(await portFindings(stack)),
    ...(missing.length === 0 ? [] : networkFindings(stack)),
  ]
}

/** Throws all findings as one message. */
export async function check(stack: Stack): Promise<void> {
  const findings = await preflight(stack)
  if (findings.length === 0) return
  const count = findings.length === 1 ? '1 thing stands' : `${findings.length} things stand`
  const lines = findings.map(({ problem, cure }) => `  - ${problem}\n    ${cure}`)
  throw new Error(
    `starting stack '${stack.name}': ${count} in the way, nothing was started:\n${lines.join('\n')}`,
  )
}

export function platformFindings(platform: string, arch: string, node: string): readonly Finding[] {
  const findings: Finding[] = []
  if (platform !== 'linux' || arch !== 'x64') {
    findings.push({
      problem: `this is ${platform} on ${arch}; the servers run on Linux on x64`,
      cure: 'use such a machine, a virtual one or WSL 2, or the containers in infra/compose',
    })
  }
  if (Number(node.split('.')[0]) < 20) findings.push({ problem: `Node ${node} is older than 20`, cure: 'install Node 20 or newer' })
  return findings
}

export function javaFindings(jdks: readonly Jdk[]): readonly Finding[] {
  const { java17, java21 } = chooseJdks(jdks)
  const found = jdks.length === 0 ? 'no Java was found' : `found only ${jdks.map(({ major, home }) => `${major} in '${home}'`).join(', ')}`
  return [
    ...(java17 === undefined
      ? [
          {
            problem: `Java 17, which Cassandra needs, is missing: ${found}`,
            cure: 'apt-get install openjdk-17-jre-headless, or unpack a Temurin 17 and set JAVA_17_HOME to its folder',
          },
        ]
      : []),
    ...(java21 === undefined
      ? [
          {
            problem: `Java 21 or newer, which Kafka, Neo4j and the schema registry need, is missing: ${found}`,
            cure: "apt-get install openjdk-21-jre-headless where the release has it, or temurin-25-jdk from Adoptium's apt repository, "
              + 'or unpack a Temurin 25 and set JAVA_25_HOME to its folder',
          },
        ]
      : []),
  ]
}

const cures: Readonly<Record<Tool, string>> = {
  mvn: 'apt-get install maven',
  npm: 'install npm, which comes with Node',
  python3: 'apt-get install python3 python3-venv',
  gcc: 'apt-get install gcc libc6-dev',
  'apt-get':
    "not a Debian: install mysqld (MySQL 8 or newer), redis-server (7 or newer) and nginx by this system's own means, "
    + 'so that they are on PATH',
}

/** What the missing components need to be installed with; python3 also runs the supervisor. */
export function toolFindings(
  missing: readonly Component[],
  present: (tool: string) => boolean,
  hasVenv: () => boolean,
): readonly Finding[] {
  const tools = [...new Set<Tool>([...missing.flatMap((component) => component.tools), 'python3'])]
  const findings: Finding[] = tools
    .filter((tool) => !present(tool))
    .map((tool) => {
      const users = missing.filter((component) => component.tools.includes(tool)).map(({ name }) => name)
      return {
        problem: `'${tool}' is not on PATH${users.length === 0 ? '' : `; it is needed to install ${users.join(', ')}`}`,
        cure: cures[tool],
      }
    })
  if (missing.some(({ name }) => name === 'python') && present('python3') && !hasVenv())
    findings.push({ problem: "python3 has no module 'venv' with pip", cure: 'apt-get install python3-venv' })
  return findings
}

export function spaceFindings(
  disks: readonly { readonly folder: string; readonly free_gb: number }[],
  memory_gb: number,
): readonly Finding[] {
  const full = disks.find(({ free_gb }) => free_gb < needed.disk_gb)
  return [
    ...(full === undefined
      ? []
      : [
          {
            problem: `the disk of '${full.folder}' has ${full.free_gb.toFixed(1)} GB free; ${needed.disk_gb} GB are needed`,
            cure: 'free some, or set CDLC_HOME (data) and CDLC_CACHE (servers) to folders on a larger disk',
          },
        ]),
    ...(memory_gb >= needed.memory_gb
      ? []
      : [
          {
            problem: `${memory_gb.toFixed(1)} GB of memory are free; ${needed.memory_gb} GB are needed`,
            cure: "end other programs; 'npm stop' ends a stack of ours that runs already (npx cdlc stop --stack NAME another one)",
          },
        ]),
  ]
}

/** Ports of the stack that something else has, one finding for each process that has any. */
export async function portFindings(stack: Stack): Promise<readonly Finding[]> {
  const names = Object.keys(ports) as readonly PortName[]
  const taken = (
    await Promise.all(
      names.map(async (name) => ({ name, port: stack.endpoints.port(name), taken: await isTaken(stack.endpoints.port(name)) })),
    )
  ).filter((entry) => entry.taken)
  const holders = Map.groupBy(taken, ({ port }) => {
    const holder = holderOf(port)
    return holder === undefined ? 'a process of another user' : `process ${holder.pid} (${holder.command.slice(0, 120)})`
  })
  return [...holders].map(([holder, held]) => ({
    problem: `port ${held.map(({ name, port }) => `${port} (${name.replaceAll('_', ' ')})`).join(', ')}: in use by ${holder}`,
    cure: `end it, or start with other ports: npm start -- --port-offset ${stack.offset + 10_000}`,
  }))
}

/** Asks npm's registry, as the machine is configured, for one package; the others are taken to be reached the same way. */
function networkFindings(stack: Stack): readonly Finding[] {
  const npm = onPath('npm')
  if (npm === undefined) return []
  const { status, stdout, stderr } = spawnSync(npm, ['view', 'node@22', 'version', '--fetch-retries=0', '--fetch-timeout=15000'], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  const output = `${stdout}${stderr}`
  if (status === 0 || networkCure(output) === '') return []
  const what = inspect(stack.cache)
    .missing.map(({ name }) => name)
    .join(', ')
  return [
    {
      problem: `no answer from the package registry, and these have to be installed: ${what}`,
      cure: 'connect the machine to the network, or set the proxy or mirror in the configuration of npm, pip, Maven and apt',
    },
  ]
}

function freeDisk(folder: string): number {
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  const { bavail, bsize } = statfsSync(existing)
  return (bavail * bsize) / 1e9
}

const freeMemory = (): number => Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1e6
