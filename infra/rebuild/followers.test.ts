import { expect, test } from 'vitest'
import { TOPIC } from '@cdlc/streams/runtime/editions.ts'
import { waitForFollowers } from './followers.ts'

const alive = [{ client: 'cdlc-services', host: '10.0.0.1' }]
/** How far a group has committed; one without members is marked so. */
type Seen = number | { readonly gone: number }

/** Groups as Kafka tells of them, look after look. */
function looks(rounds: readonly Readonly<Record<string, Seen>>[]) {
  let round = -1
  const removed: string[] = []
  const now = (): Readonly<Record<string, Seen>> => rounds[Math.min(round, rounds.length - 1)] ?? {}
  return {
    removed,
    list: async (prefix: string) => {
      round++
      return new Map(Object.entries(now()).filter(([name]) => !removed.includes(name)).map(([name, seen]) => [`${prefix}${name}`, typeof seen === 'number' ? alive : []]))
    },
    committed: async (group: string) => {
      const seen = now()[group.slice(`${TOPIC}.`.length)] ?? 0
      return new Map([[`${TOPIC}/0`, typeof seen === 'number' ? seen : seen.gone]])
    },
    remove: async (group: string) => { removed.push(group.slice(`${TOPIC}.`.length)); return 'removed' as const },
  }
}

test('it ends when every living process has read past the change, however late one joins', async () => {
  const heard: string[] = []
  const groups = looks([{ 'services.a': 4, 'services.b': 0, 'workers.c': 5 }, { 'services.a': 5, 'services.b': 0, 'workers.c': 5, 'services.d': 3 }, { 'services.a': 5, 'services.b': 5, 'workers.c': 5, 'services.d': 9 }])
  const followers = await waitForFollowers(groups, 4, { onFollowed: ({ group }, left) => heard.push(`${group.slice(TOPIC.length + 1)} ${left}`) })
  expect(heard).toEqual(['workers.c 2', 'services.a 2', 'services.b 0', 'services.d 0'])
  expect(followers.map(({ component, host }) => `${component} ${host}`)).toEqual(['workers 10.0.0.1', 'services 10.0.0.1', 'services 10.0.0.1', 'services 10.0.0.1'])
  expect(groups.removed).toEqual([])
})

test('nobody waits for commands; what those leave behind that were killed is removed', async () => {
  const groups = looks([{ 'cli.a': 0, 'cli.b': { gone: 0 }, 'services.c': 5 }])
  expect((await waitForFollowers(groups, 4)).map(({ component }) => component)).toEqual(['services'])
  expect(groups.removed).toEqual(['cli.b'])
})

test('one that Kafka has lost sight of may come back, and is waited for again', async () => {
  const groups = looks([{ 'services.a': { gone: 0 } }, { 'services.a': { gone: 0 } }, { 'services.a': 3 }, { 'services.a': 5 }])
  expect(await waitForFollowers(groups, 4)).toHaveLength(1)
  expect(groups.removed).toEqual([])
})

test('one that does not come back is dead: its group is removed, and nobody waits for it', async () => {
  const groups = looks([{ 'services.a': 0, 'services.b': 5 }, { 'services.a': { gone: 0 }, 'services.b': 5 }])
  expect((await waitForFollowers(groups, 4, { come_back_ms: 500 })).map(({ group }) => group)).toEqual([`${TOPIC}.services.b`])
  expect(groups.removed).toEqual(['services.a'])
})
