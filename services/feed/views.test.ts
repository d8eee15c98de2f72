import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import { expect, test } from 'vitest'
import { activity, memberId } from './testing.ts'
import { feedViews } from './views.ts'

const follower_id = memberId(1)
const [young, old] = [activity(1, 2, 1_000), activity(2, 2, 2_000)]
const heldOf = (one: typeof young) =>
  [one.occurred_at, one.activity_id, one.profile_id, one.kind, one.title_id, one.subject_kind, one.subject_id, one.other_id, one.half_stars, one.version]

/** Asks stores of which the one has this head, the other the old activity alone; names those that were asked. */
const over = (head: object | undefined) => {
  const asked: string[] = []
  const readers: Readonly<Record<string, unknown>> = { 'feed-head': { get: async () => head }, 'home-feed': { table: () => '', run: async () => [{ follower_id, ...old }] } }
  const views = feedViews({ reader: async ({ name }: { readonly name: string }) => { asked.push(name); return readers[name] } } as unknown as Sinks)
  return { asked, entries: (limit: number, after?: typeof young) => views.entries(follower_id, { limit, after }) }
}
const full = { follower_id, held: [heldOf(young)], cut: [old.occurred_at, old.activity_id] }

test('the beginning of a feed is asked of its head alone, which may have less than was asked for', async () => {
  for (const [head, activities, ended] of [[full, [young], false], [{ ...full, cut: null }, [young], true], [undefined, [], true]] as const) {
    const { asked, entries } = over(head)
    expect(await entries(100)).toMatchObject({ activities, ended })
    expect(asked).toEqual(['feed-head'])
  }
})

test('what comes after a place is asked of the whole feed alone, and the beginning too where nothing is left of its head', async () => {
  const behind = over(full)
  expect(await behind.entries(1, young)).toMatchObject({ activities: [old], ended: false })
  expect(behind.asked).toEqual(['home-feed'])
  const emptied = over({ ...full, held: [] })
  expect(await emptied.entries(100)).toMatchObject({ activities: [old], ended: true })
  expect(emptied.asked).toEqual(['feed-head', 'home-feed'])
})
