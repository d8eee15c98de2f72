/** The provider as OpenFeature's own client sees it. */
import { OpenFeature, ProviderEvents, type Client } from '@openfeature/server-sdk'
import { afterEach, describe, expect, test } from 'vitest'
import type { Configuration, ConfigurationState } from './configuration.ts'
import type { Flag } from './flag-rules.ts'
import { flagProvider } from './flags.ts'

afterEach(() => OpenFeature.clearProviders())

/** A configuration that tests write, and what is logged of it. */
function configurationOf(flags: Readonly<Record<string, Flag | string>>, first: ConfigurationState = 'current') {
  const texts = new Map(Object.entries(flags).map(([name, flag]) => [name, typeof flag === 'string' ? flag : JSON.stringify(flag)]))
  const listeners = new Set<(keys: readonly string[]) => void>()
  const known = Promise.withResolvers<void>()
  let state = first
  if (first !== 'unknown') known.resolve()
  const logged: unknown[] = []
  const configuration: Configuration = {
    state: () => state,
    known: () => known.promise,
    text: (_namespace, name) => texts.get(name),
    setting: ({ fallback }) => () => fallback,
    onChange: (listener) => { listeners.add(listener); return () => { listeners.delete(listener) } },
    close: async () => undefined,
  }
  return {
    logged,
    provider: flagProvider(configuration, (_level, message, fields) => { logged.push([message, fields]) }),
    set: (name: string, flag: Flag | string) => { texts.set(name, typeof flag === 'string' ? flag : JSON.stringify(flag)); for (const listener of listeners) listener([`flags/${name}`, 'services/other']) },
    become: (next: ConfigurationState) => { state = next; known.resolve(); for (const listener of listeners) listener([]) },
  }
}
let domains = 0
async function clientOf({ provider }: Pick<ReturnType<typeof configurationOf>, 'provider'>): Promise<Client> {
  const domain = `test-${++domains}`
  await OpenFeature.setProviderAndWait(domain, provider)
  return OpenFeature.getClient(domain)
}
const flag = (some: Partial<Flag> = {}): Flag => ({ enabled: true, variants: { on: true, off: false }, default: 'on', off: 'off', ...some })
const rules = [{ attribute: 'country', operator: 'in' as const, values: ['DE'], variant: 'off' }]
const rollout = { salt: 'a', shares: [{ variant: 'off', buckets: 100_000 }] }

describe('an evaluation', () => {
  test.each([
    ['STATIC, of a flag without rules', flag(), {}, { value: true, variant: 'on', reason: 'STATIC' }],
    ['TARGETING_MATCH, of a rule that matches', flag({ rules }), { country: 'DE' }, { value: false, variant: 'off', reason: 'TARGETING_MATCH' }],
    ['DEFAULT, where no rule matches', flag({ rules }), { country: 'FR' }, { value: true, variant: 'on', reason: 'DEFAULT' }],
    ['SPLIT, of a roll-out', flag({ rollout }), { targetingKey: 'somebody' }, { value: false, variant: 'off', reason: 'SPLIT' }],
    ['TARGETING_MATCH, of a rule on the targeting key itself', flag({ rules: [{ attribute: 'targetingKey', operator: 'in', values: ['somebody'], variant: 'off' }] }), { targetingKey: 'somebody' }, { value: false, reason: 'TARGETING_MATCH' }],
    ['DISABLED, of a flag that is not enabled', flag({ enabled: false }), {}, { value: false, variant: 'off', reason: 'DISABLED' }],
  ] as const)('says %s', async (_name, one, context, expected) => {
    const client = await clientOf(configurationOf({ one }))
    expect(await client.getBooleanDetails('one', true, context)).toMatchObject(expected)
  })

  test.each([
    ['FLAG_NOT_FOUND', 'other', {}],
    ['TARGETING_KEY_MISSING', 'dealt', {}],
    ['TYPE_MISMATCH', 'words', {}],
    ['PARSE_ERROR', 'broken', {}],
  ])('that cannot be made gives the default that was asked with, and %s', async (errorCode, name, context) => {
    const client = await clientOf(configurationOf({ dealt: flag({ rollout }), words: flag({ variants: { on: 'yes', off: 'no' } }), broken: '{"enabled": true}' }))
    expect(await client.getBooleanDetails(name, true, context)).toMatchObject({ value: true, reason: 'ERROR', errorCode })
  })

  test('is of the type that was asked for', async () => {
    const client = await clientOf(configurationOf({
      words: flag({ variants: { on: 'yes', off: 'no' } }), numbers: flag({ variants: { on: 5, off: 0 } }), objects: flag({ variants: { on: { limit: 5 }, off: {} } }),
    }))
    expect([await client.getStringValue('words', ''), await client.getNumberValue('numbers', 1), await client.getObjectValue('objects', {})]).toEqual(['yes', 5, { limit: 5 }])
    for (const details of [await client.getStringDetails('numbers', 'x'), await client.getNumberDetails('words', 7), await client.getObjectDetails('words', {})]) expect(details).toMatchObject({ errorCode: 'TYPE_MISMATCH' })
  })

  test('goes by a change at once, and by the last good flag where the new one is none; that is logged once', async () => {
    const scene = configurationOf({ one: flag() })
    const client = await clientOf(scene)
    expect(await client.getBooleanValue('one', false)).toBe(true)
    scene.set('one', flag({ default: 'off' }))
    expect(await client.getBooleanValue('one', true)).toBe(false)
    scene.set('one', flag({ default: 'neither' }))
    for (const _ of [1, 2]) expect(await client.getBooleanValue('one', true)).toBe(false)
    expect(scene.logged).toEqual([[expect.stringContaining('the one before holds'), { flag: 'one' }]])
  })
})

describe('the provider', () => {
  const heard = (client: Client): string[] => {
    const events: string[] = []
    for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error] as const) client.addHandler(event, () => { events.push(event) })
    return events
  }
  const turns = async (): Promise<void> => { for (let i = 0; i < 5; i++) await new Promise((resolve) => { setImmediate(resolve) }) }

  test('is ready, stale while the server is away, and ready again', async () => {
    const scene = configurationOf({ one: flag() })
    const client = await clientOf(scene)
    const events = heard(client)
    scene.become('stale')
    await turns()
    expect([client.providerStatus, await client.getBooleanValue('one', false)]).toEqual(['STALE', true])
    scene.become('current')
    await turns()
    expect([client.providerStatus, events]).toEqual(['READY', ['PROVIDER_READY', 'PROVIDER_STALE', 'PROVIDER_READY']])
  })

  test('that starts from what a file remembers is stale', async () => {
    const client = await clientOf(configurationOf({ one: flag() }, 'remembered'))
    await turns()
    expect([client.providerStatus, await client.getBooleanValue('one', false)]).toEqual(['STALE', true])
  })

  test('that knows nothing answers defaults, and is ready as soon as it knows', async () => {
    const scene = configurationOf({ one: flag() }, 'unknown')
    const domain = `test-${++domains}`
    OpenFeature.setProvider(domain, scene.provider)
    const client = OpenFeature.getClient(domain)
    expect(await client.getBooleanDetails('one', false)).toMatchObject({ value: false, errorCode: 'PROVIDER_NOT_READY' })
    scene.become('current')
    await turns()
    expect([client.providerStatus, await client.getBooleanValue('one', false)]).toEqual(['READY', true])
  })

  test('tells which flags changed, and nothing of other entries', async () => {
    const scene = configurationOf({ one: flag() })
    const client = await clientOf(scene)
    const changes: unknown[] = []
    client.addHandler(ProviderEvents.ConfigurationChanged, (details) => { changes.push(details?.flagsChanged) })
    scene.set('one', flag({ default: 'off' }))
    await turns()
    expect(changes).toEqual([['one']])
  })
})
