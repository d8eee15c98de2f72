import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Component } from './components.ts'
import { folderOf, inspect, install } from './install.ts'
import { noProgress } from './progress.ts'

let cache = ''
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'cdlc-install-'))
})
afterEach(() => rmSync(cache, { recursive: true }))

const runs: string[] = []
function component(name: Component['name'], after: Component['after'], work: (folder: string) => void = () => undefined): Component {
  return {
    name,
    after,
    tools: [],
    manifest: ['manifests/debian.txt'],
    install: async ({ folder }) => {
      runs.push(name)
      writeFileSync(join(folder, 'half'), name)
      work(folder)
    },
  }
}
const missing = (all: readonly Component[]): readonly string[] => inspect(cache, {}, all).missing.map(({ name }) => name)
const { signal } = new AbortController()

describe('the installation', () => {
  it('gives a component its folder only when it is complete, and goes on where it was broken off', async () => {
    let full = true
    const all = [
      component('kafka', []),
      component('neo4j', ['kafka'], () => {
        if (full) throw new Error('no space left')
      }),
    ]
    await expect(install(cache, noProgress, signal, all)).rejects.toThrow('no space left')
    expect(missing(all)).toEqual(['neo4j'])
    full = false
    runs.length = 0
    await install(cache, noProgress, signal, all)
    expect(runs).toEqual(['neo4j'])
    expect(missing(all)).toEqual([])
    expect(readdirSync(cache).filter((name) => name.endsWith('.part') || name.endsWith('.lock'))).toEqual([])
  })

  it('does nothing the second time', async () => {
    const all = [component('redis', [])]
    await install(cache, noProgress, signal, all)
    runs.length = 0
    await install(cache, noProgress, signal, all)
    expect(runs).toEqual([])
  })

  it("takes a program of the machine in a component's stead", () => {
    const own = { ...component('nginx', []), standIn: () => '/usr/sbin/nginx' }
    expect(missing([own])).toEqual([])
    expect(inspect(cache, {}, [own]).at('nginx')).toEqual({ program: '/usr/sbin/nginx' })
  })

  it('waits for no dead process', async () => {
    writeFileSync(join(cache, 'install.lock'), '4194305') // above the highest pid there is
    await install(cache, noProgress, signal, [component('mysql', [])])
    expect(existsSync(join(cache, 'install.lock'))).toBe(false)
  })

  it('names folders after their manifests, so that another version is another folder', () => {
    const [one, other] = [component('kafka', []), { ...component('kafka', []), manifest: ['manifests/kafka/pom.xml'] }]
    expect(folderOf(one, cache)).toMatch(/\/kafka-[0-9a-f]{12}$/)
    expect(folderOf(one, cache)).not.toBe(folderOf(other, cache))
  })

  it("has a checksum or an exact version for everything that is not Debian's", () => {
    const text = (path: string): string => readFileSync(new URL(`manifests/${path}`, import.meta.url), 'utf8')
    for (const name of ['kafka', 'connect-plugins', 'schema-registry', 'cassandra', 'neo4j']) {
      for (const [, version = ''] of text(`${name}/pom.xml`).matchAll(/<version>([^<]+)</g)) expect(version).toMatch(/^\d[\w.]*$/)
    }
    const requirements = text('python/requirements.txt')
      .split('\n')
      .filter((line) => line.includes('=='))
    expect(requirements.length).toBeGreaterThan(0)
    expect(text('python/requirements.txt').match(/--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(requirements.length)
    expect(text('clickhouse/package-lock.json')).toContain('"integrity": "sha512-')
  })
})
