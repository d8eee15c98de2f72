import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { endpointsFrom, ports } from '@cdlc/schemas/endpoints.ts'
import { servers } from './servers/index.ts'
import { stackFrom } from './stack.ts'

const text = (file: string): string => readFileSync(new URL(`../compose/${file}`, import.meta.url), 'utf8')
const env = new Map(
  text('.env')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
const both = text('compose.yaml') + text('compose.platform.yaml')

describe('the containers', () => {
  it('are the servers of the local stack, with ScyllaDB for Cassandra', () => {
    const local = servers({
      stack: stackFrom({}),
      at: (name) => ({ folder: `/cache/${name}` }),
      java17: { home: '/java17', major: 17 },
      java21: { home: '/java25', major: 25 },
    })
    for (const { name } of local) expect(both).toMatch(new RegExp(`^ {2}${name === 'cassandra' ? 'scylla' : name}:$`, 'm'))
  })

  it('have images of a pinned version', () => {
    for (const [, image = ''] of text('compose.yaml').matchAll(/^ {4}image: (.+)$/gm)) expect(image).toMatch(/:\d+(\.\d+)+(-\w+)?$/)
  })

  it('use no variable that .env does not set', () => {
    const used = [...both.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(used.filter((name) => !env.has(name))).toEqual([])
    expect([...env.keys()].filter((name) => !used.includes(name))).toEqual([])
  })

  it('have the ports and passwords that the platform expects', () => {
    const named: Readonly<Record<string, number>> = ports
    const own = [...env].filter(([name]) => name.endsWith('_PORT'))
    for (const [name, port] of own) expect(Number(port), name).toBe(named[name.slice(0, -'_PORT'.length).toLowerCase()])
    const { mysql, neo4j, clickhouse } = endpointsFrom({})
    expect([mysql, neo4j, clickhouse].map(({ password }) => password)).toEqual(
      ['MYSQL', 'NEO4J', 'CLICKHOUSE'].map((name) => env.get(`${name}_PASSWORD`)),
    )
  })
})
