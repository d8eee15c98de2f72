import { expect, test } from 'vitest'
import { TOPIC } from '@cdlc/streams/runtime/editions.ts'
import { followersOf, waitForFollowers } from './followers.ts'

const alive = [{ client: 'cdlc-services', host: '10.0.0.1' }]

/** Groups as Kafka tells of them, look after look. */
const looks = (rounds: readonly Readonly<Record<string, number | 'dead'>>[]) => {
  let round = -1
  const now = (): Readonly<Record<string, number | 'dead'>> => rounds[Math.min(round, rounds.length - 1)] ?? {}
  return {
    list: async (prefix: string) => { round++; return new Map(Object.entries(now()).map(([name, at]) => [`${prefix}${name}`, at === 'dead' ? [] : alive])) },
    committed: async (group: string) => new Map([[`${TOPIC}/0`, Number(now()[group.slice(`${TOPIC}.`.length)])]]),
  }
}

test('it ends when every living process has read past the change, however late one joins', async () => {
  const heard: string[] = []
  const groups = looks([{ 'services.a': 4, 'services.b': 0, 'workers.c': 5 }, { 'services.a': 5, 'services.b': 0, 'workers.c': 5, 'services.d': 3 }, { 'services.a': 5, 'services.b': 5, 'workers.c': 5, 'services.d': 9 }])
  const followers = await waitForFollowers(groups, 4, ({ group }, left) => heard.push(`${group.slice(TOPIC.length + 1)} ${left}`))
  expect(heard).toEqual(['workers.c 2', 'services.a 2', 'services.b 0', 'services.d 0'])
  expect(followers.map(({ component, host }) => `${component} ${host}`)).toEqual(['workers 10.0.0.1', 'services 10.0.0.1', 'services 10.0.0.1', 'services 10.0.0.1'])
})

test('nobody waits for the dead, nor for commands', async () => {
  expect(await followersOf(looks([{ 'services.a': 'dead', 'cli.b': 0, 'services.c': 0 }]))).toEqual([{ group: `${TOPIC}.services.c`, component: 'services', host: '10.0.0.1' }])
  expect(await waitForFollowers(looks([{ 'services.a': 'dead', 'cli.b': 0 }]), 4)).toEqual([])
})

test('one that dies before it has read is waited for no longer', async () => {
  expect((await waitForFollowers(looks([{ 'services.a': 0, 'services.b': 5 }, { 'services.a': 'dead', 'services.b': 5 }]), 4)).map(({ group }) => group)).toEqual([`${TOPIC}.services.b`])
})
