/** Rules and dashboards name what the code exports, and the README tells of all of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { exported, type Exported } from './exported.ts'
import { familyOf, metricsIn } from './promql.ts'

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: Panel['datasource'] }[]
}
interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown; readonly definition?: string }[] }
}

const here = (path: string): URL => new URL(path, import.meta.url)
const text = (path: string): string => readFileSync(here(path), 'utf8')
const files = (folder: string, end: string): readonly string[] => readdirSync(here(folder)).filter((file) => file.endsWith(end)).map((file) => `${folder}/${file}`)

const rules = files('prometheus', '.rules.yml').flatMap((file) => (parse(text(file)) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules))
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }]))
const dashboards = files('grafana', '.json').map((file) => ({ file, dashboard: JSON.parse(text(file)) as Dashboard }))

let metrics: readonly Exported[]
let known: ReadonlySet<string>
beforeAll(async () => {
  metrics = await exported()
  // what Prometheus itself makes
  known = new Set([...metrics.map(({ name }) => name), ...rules.flatMap(({ record }) => record ?? []), 'up', 'ALERTS'])
})
/** Metrics of an expression that nobody exports. */
const unknown = (expression: string): readonly string[] => metricsIn(expression).filter((name) => familyOf(name, known) === undefined)

describe('the metrics of an expression', () => {
  it.each([
    ['sum by (view, le) (rate(a_bucket{stage="flush",x=~"b|c"}[5m])) > 0.001', ['a_bucket']],
    ['edition:lag:max * on (instance) group_left (store) info{role="live"} unless b', ['edition:lag:max', 'info', 'b']],
    ['histogram_quantile(0.99, a) + 1e6 or vector(0) and time() - c offset 5m', ['a', 'c']],
    ['rate(a[$__rate_interval]) / ignoring (stage) group_left sum(b{v="x{y}"})', ['a', 'b']],
  ])('of %s', (expression, names) => {
    expect(metricsIn(expression)).toEqual(names)
  })
})

describe('rules', () => {
  it.each(rules.map((rule) => [rule.alert ?? rule.record ?? '', rule]))('%s names metrics that are exported', (_, { expr }) => {
    expect(unknown(expr)).toEqual([])
  })

  it.each(alerts.map((rule) => [rule.alert, rule]))('%s says how bad it is, what is the matter, and what to do', (_, { labels, annotations }) => {
    expect(labels?.['severity']).toMatch(/^(warning|critical)$/)
    expect(annotations?.['summary']).toMatch(/\S/)
    expect(annotations?.['runbook']?.length).toBeGreaterThan(60)
  })

  it.each(alerts.map((rule) => [rule.alert]))('%s is seen to fire in a test of the rules', (alert) => {
    const tested = files('prometheus', '.test.yml').flatMap((file) => (parse(text(file)) as { readonly tests: readonly { readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly { readonly labels: string }[] }[] }[] }).tests)
      .flatMap((test) => test.promql_expr_test)
    expect(tested.some(({ expr, exp_samples }) => exp_samples.length > 0
      && (expr.includes(`alertname="${alert}"`) || exp_samples.some(({ labels }) => labels.includes(`alertname="${alert}"`))))).toBe(true)
  })
})

describe.each(dashboards)('$file', ({ dashboard }) => {
  it('has a recent schema, and ids and places that are its own', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36)
    expect(dashboard.panels.length).toBeGreaterThan(5)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`))
    expect(new Set(cells).size).toBe(cells.length)
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  })

  it('asks the data source that its reader chose, and nothing else', () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    const uids = dashboard.panels.flatMap((panel) => [panel.datasource, ...(panel.targets ?? []).map((target) => target.datasource)])
    expect(new Set(uids.flatMap((source) => source?.uid ?? []))).toEqual(new Set(['${datasource}']))
  })

  it.each(dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => [panel.title, panel]))('%s shows metrics that are exported', (_, { targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0)
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    expect(targets.flatMap(({ expr }) => unknown(expr))).toEqual([])
  })

  it('has variables over metrics that are exported', () => {
    const names = dashboard.templating.list.flatMap(({ definition }) => /^label_values\((\w+),/.exec(definition ?? '')?.[1] ?? [])
    expect(names.length).toBe(dashboard.templating.list.length - 1)
    expect(names.flatMap(unknown)).toEqual([])
  })
})

it('dashboards are told apart', () => {
  expect(new Set(dashboards.map(({ dashboard }) => dashboard.uid)).size).toBe(dashboards.length)
})

it('the autoscaler asks for series that there are', () => {
  const { spec } = parse(text('keda.yaml')) as { readonly spec: { readonly triggers: readonly { readonly metadata: { readonly query: string } }[] } }
  expect(spec.triggers.flatMap(({ metadata }) => unknown(metadata.query))).toEqual([])
})

describe('the README', () => {
  it('lists every metric of ours as the code describes it, and no other', () => {
    const listed = [...text('README.md').matchAll(/^\| `(cdlc_\w+)` \| (\w+) \| (.*) \|$/gm)].map(([, name, type, help]) => `${name} ${type}: ${help}`)
    expect(listed).toEqual(metrics.filter(({ name }) => name.startsWith('cdlc_')).map(({ name, type, help }) => `${name} ${type}: ${help}`))
  })

  it('lists every alert', () => {
    expect([...text('README.md').matchAll(/^\| `([A-Z]\w+)` \| (?:warning|critical) \|/gm)].map(([, name]) => name).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted())
  })
})
