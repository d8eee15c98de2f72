import { afterAll, beforeAll, expect, test } from 'vitest'
import { realPlatform } from '../real.ts'
import { newId } from '../shared/clock.ts'
import type { Platform } from '../shared/platform.ts'
import type { GraphViews } from './ports.ts'
import { graphViews, viewsAsked } from './views.ts'

let platform: Platform
let views: GraphViews
beforeAll(async () => {
  platform = await realPlatform()
  for (const view of viewsAsked) await (await platform.sinks.store(view)).prepare()
  views = graphViews(platform.sinks)
})
afterAll(async () => { await platform.close() })

const nobody = newId(1_500_000_000_000_000)
const since = { limit: 3, after: { at: 20_000, id: nobody } }

test('every question for keys is understood by its store, and answers nothing for what there is not', async () => {
  expect(await Promise.all([
    views.members([nobody]), views.relationsTo(nobody, [nobody]), views.relationsFrom([nobody], nobody), views.titles([nobody]), views.reviews([nobody]),
    views.comments([nobody]), views.lists([nobody]), views.collaborators(nobody),
  ])).toEqual(Array.from({ length: 8 }, () => []))
  expect([await views.memberByHandle('nobody_has_this'), await views.person(nobody), await views.viewing(nobody)]).toEqual([undefined, undefined, undefined])
  const word = 'zzqxjkvw'
  const searches = [views.searchTitles(word, 3), views.searchPeople(word, 3), views.searchMembers(word, 3, nobody), views.searchMembers(word, 3, undefined), views.searchLists(word, 3)]
  expect(await Promise.all(searches)).toEqual([[], [], [], [], []])
  expect([await views.titleStats([nobody]), await views.ratings(nobody, [nobody])]).toEqual([new Map(), new Map()])
  expect((await views.profileCounts([nobody])).get(nobody) ?? { followers: 0, following: 0 }).toEqual({ followers: 0, following: 0 })
  expect((await views.subjectCounts([nobody])).get(nobody) ?? { likes: 0, comments: 0 }).toEqual({ likes: 0, comments: 0 })
  expect(await views.unread(nobody)).toMatchObject({ count: 0, read_at: null })
})
test('every page, the first and a later one, is understood by its store', async () => {
  const pages = [views.followers, views.following, views.reviewsOfTitle, views.reviewsOfMember, views.thread, views.listsOfMember, views.viewings, views.notifications]
  for (const ask of pages) expect([await ask(nobody, { limit: 3 }), await ask(nobody, since)]).toEqual([[], []])
  expect([await views.entries(nobody, { limit: 3 }), await views.entries(nobody, { limit: 3, after: { place: 'a0', title_id: nobody } })]).toEqual([[], []])
})
