/** Prometheus' own word on the metrics, rules and dashboards: its promtool, and a Prometheus that scrapes the running stack. */
import { endpointsFrom, type PortName } from '@cdlc/schemas/endpoints.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stackFrom } from '../local/stack.ts'
import { exported, familiesIn } from './exported.ts'
import { programs, type Programs, say } from './prometheus.ts'

const endpoints = endpointsFrom(process.env)
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const all = (end: string): readonly string[] => readdirSync(here('prometheus')).filter((file) => file.endsWith(end)).map((file) => here(`prometheus/${file}`))
const told = async (name: PortName): Promise<string> => (await fetch(`http://127.0.0.1:${endpoints.port(name)}/metrics`)).text()
const places = ['workers', 'inventory', 'actor', 'customer_services', 'configurations_server', 'authorization_server', 'gateway'] as const
/** Of each process, where it tells what belongs to it as a whole. */
const firstPorts = ['inventory', 'authorization_server', 'gateway'] as const

let tools: Programs
beforeAll(async () => {
  tools = await programs(stackFrom(process.env), new AbortController().signal)
}, 300_000)

describe('promtool', () => {
  it('finds the configuration and all rules well-formed', async () => {
    expect(await say(tools.promtool, ['check', 'config', here('prometheus/prometheus.yml')])).toMatchObject({ ok: true })
    expect(await say(tools.promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...all('.rules.yml')])).toMatchObject({ ok: true })
  })

  it('finds that each alert fires when it should, and not when it should not', async () => {
    expect(await say(tools.promtool, ['test', 'rules', ...all('.test.yml')])).toMatchObject({ ok: true })
  })

  it.each(places)('finds nothing wrong with the metrics of %s', async (name) => {
    expect(await say(tools.promtool, ['check', 'metrics'], await told(name))).toEqual({ ok: true, output: '' })
  })
})

it.each(places)('the metrics of %s hold no id of a row and no address', async (name) => {
  const text = await told(name)
  expect(text).toContain('cdlc_')
  expect(text).not.toMatch(/[0-9A-HJKMNP-TV-Z]{26}|@/)
})

it('the running processes tell every metric that the code exports', async () => {
  const [workers, ...first] = await Promise.all([told('workers'), ...firstPorts.map(told)])
  const found = { workers: new Set(familiesIn(workers).map(({ name }) => name)), services: new Set(first.flatMap(familiesIn).map(({ name }) => name)) }
  const missing = (await exported()).filter(({ name, by }) => (by !== 'services' && !found.workers.has(name)) || (by !== 'workers' && !found.services.has(name)))
  expect(missing).toEqual([])
})

describe('a Prometheus beside the stack', () => {
  interface Answer<T> { readonly status: string; readonly error?: string; readonly data: T }
  let folder: string
  let running: ChildProcess
  let url: string
  const ask = async <T>(path: string): Promise<Answer<T>> => (await fetch(`${url}/api/v1/${path}`)).json() as Promise<Answer<T>>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cdlc-prometheus-'))
    cpSync(here('prometheus'), folder, { recursive: true })
    // the stack's own ports, and no patience
    const config = places.reduce((text, name) => text.replaceAll(`127.0.0.1:${endpointsFrom({}).port(name)}`, `127.0.0.1:${endpoints.port(name)}`), readFileSync(join(folder, 'prometheus.yml'), 'utf8'))
    writeFileSync(join(folder, 'prometheus.yml'), config.replaceAll('_interval: 15s', '_interval: 1s'))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    running = spawn(tools.prometheus, [
      `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], { stdio: 'inherit' })
    await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), { timeout: 60_000, interval: 100 })
  })
  afterAll(async () => {
    const ended = new Promise((resolve) => { running.once('exit', resolve) })
    running.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true })
  })

  it('scrapes all processes', async () => {
    await vi.waitFor(async () => {
      const { data } = await ask<{ readonly activeTargets: readonly { readonly health: string; readonly lastError: string; readonly scrapeUrl: string }[] }>('targets?state=active')
      expect(data.activeTargets.map(({ health, lastError }) => `${health}${lastError}`)).toEqual(places.map(() => 'up'))
    }, { timeout: 60_000, interval: 200 })
  })

  it('evaluates every rule', async () => {
    await vi.waitFor(async () => {
      const { data } = await ask<{ readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string }[] }[] }>('rules')
      const rules = data.groups.flatMap((group) => group.rules)
      expect(rules.length).toBeGreaterThan(25)
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
    }, { timeout: 60_000, interval: 200 })
  })

  it('knows how far each view is', async () => {
    await vi.waitFor(async () => {
      const { data } = await ask<{ readonly result: readonly unknown[] }>(`query?query=${encodeURIComponent('edition:cdlc_view_lag_seconds:max')}`)
      expect(data.result.length).toBeGreaterThan(5)
    }, { timeout: 60_000, interval: 200 })
  })

  it.each(readdirSync(here('grafana')).filter((file) => file.endsWith('.json')))('understands every question of the dashboard %s', async (file) => {
    const { panels } = JSON.parse(readFileSync(here(`grafana/${file}`), 'utf8')) as { readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[] }
    const questions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*')))
    expect(questions.length).toBeGreaterThan(5)
    for (const question of questions) expect([question, (await ask(`query?query=${encodeURIComponent(question)}`)).error]).toEqual([question, undefined])
  })
})

/** Nobody else is given it for a while. */
const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => { resolve(port) })
  })
})
