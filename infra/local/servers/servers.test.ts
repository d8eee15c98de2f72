import { describe, expect, it } from 'vitest'
import { type PortName, ports } from '@cdlc/schemas/endpoints.ts'
import { setupSteps } from '../setup.ts'
import { stackFrom } from '../stack.ts'
import { inOrder } from '../tasks.ts'
import type { Server } from '../server.ts'
import { servers } from './index.ts'
import type { Parts } from './parts.ts'

const stack = stackFrom({ CDLC_HOME: '/data', CDLC_CACHE: '/cache', CDLC_PORT_OFFSET: '20000' })
const parts: Parts = {
  stack,
  at: (name) => ({ folder: `/cache/${name}` }),
  java17: { home: '/java17', major: 17 },
  java21: { home: '/java25', major: 25 },
}
const all = servers(parts)
const named = (name: string): Server => {
  const server = all.find((candidate) => candidate.name === name)
  if (server === undefined) throw new Error(`no server '${name}'`)
  return server
}
/** Everything a server is told: its command, environment and files. */
const told = (name: string): string => {
  const { command, env = {}, files = {} } = named(name)
  return [...command, ...Object.entries(env).map((entry) => entry.join('=')), ...Object.values(files)].join('\n')
}

describe('the servers', () => {
  it('have each port of the catalogue once between them', () => {
    expect(all.flatMap((server) => server.ports).toSorted()).toEqual((Object.keys(ports) as PortName[]).toSorted())
  })

  it("are told every port they have, with the stack's offset", () => {
    const own = all.filter(({ name }) => !['services', 'platform', 'social', 'gateway', 'workers'].includes(name)) // these read the offset themselves
    for (const { name, ports: has } of own)
      for (const port of has) expect(told(name), `${name}: ${port}`).toContain(String(ports[port] + 20_000))
  })

  it('start in an order that exists, each after what is there', () => {
    const tasks = [...all.map(({ name, after }) => ({ name, after, run: async () => undefined })), ...setupSteps(stack)]
    const names = new Set(tasks.map(({ name }) => name))
    expect(inOrder(tasks)).toHaveLength(tasks.length)
    for (const { name, after } of tasks) for (const earlier of after) expect(names, `${name} comes after '${earlier}'`).toContain(earlier)
  })

  it('hold what they acknowledge through a crash', () => {
    expect(told('mysql')).toMatch(/^innodb_flush_log_at_trx_commit=1$/m)
    expect(told('mysql')).toMatch(/^sync_binlog=1$/m)
    expect(told('cassandra')).toMatch(/^commitlog_sync: group$/m)
    expect(told('redis')).toContain('--appendonly\nyes')
    expect(told('redis')).toContain('noeviction')
    expect(told('schema-registry')).toContain('WRITE_DELAY=0')
  })

  it('keep topics for ever and make none by themselves', () => {
    expect(told('kafka')).toMatch(/^log\.retention\.ms=-1$/m)
    expect(told('kafka')).toMatch(/^auto\.create\.topics\.enable=false$/m)
  })

  it('may together use no more than a machine of 14 GB can give, heaps and all', () => {
    expect(all.reduce((sum, server) => sum + server.memory_mb, 0)).toBeLessThanOrEqual(14_000)
  })

  it("use the machine's own ClickHouse and MySQL where they stand in", () => {
    const own = servers({
      ...parts,
      at: (name) => (name === 'clickhouse' || name === 'mysql' ? { program: `/usr/bin/${name}` } : { folder: `/cache/${name}` }),
    })
    expect(own.find(({ name }) => name === 'clickhouse')?.command).toEqual([
      '/usr/bin/clickhouse',
      'server',
      '--config-file=/data/dev/conf/clickhouse.xml',
    ])
    expect(Object.values(own.find(({ name }) => name === 'mysql')?.files ?? {}).join()).not.toContain('basedir')
  })
})
