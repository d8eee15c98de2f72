import { expect, test } from 'vitest'
import type { MovieLensRating } from './movielens.ts'
import { socialPlan } from './social-plan.ts'

const users = Array.from({ length: 400 }, (_, index) => ({ user_id: String(index + 1), occupation: 'other' }))
const ratings = users.flatMap(({ user_id }, index) => Array.from({ length: 20 + (index % 7) }, (_, item): MovieLensRating => ({ user_id, item_id: String(item + 1), stars: (item % 5) + 1, rated_at_ms: item })))
const sizes = { members: 300, follows: 10, reviews: 2 }
const plan = socialPlan({ users, ratings }, sizes)
const followers = [...Map.groupBy(plan.follows, ([, to]) => to).values()].map((of) => of.length).toSorted((a, b) => b - a)

test('the same seed makes the same plan, another seed another one', () => {
  expect(socialPlan({ users, ratings }, sizes)).toEqual(plan)
  expect(socialPlan({ users, ratings }, sizes, 2)).not.toEqual(plan)
})

test('it has as many members as were asked for, with handles of their own', () => {
  expect(plan.members).toHaveLength(300)
  expect(new Set(plan.members.map(({ handle }) => handle)).size).toBe(300)
  for (const { handle } of plan.members) expect(handle).toMatch(/^[a-z0-9][a-z0-9._]{1,28}[a-z0-9]$/)
})

test('nobody follows themselves, anybody twice, or one who is no member', () => {
  const ids = new Set(plan.members.map(({ user_id }) => user_id))
  expect(plan.follows.filter(([from, to]) => from === to || !ids.has(from) || !ids.has(to))).toEqual([])
  expect(new Set(plan.follows.map((pair) => pair.join(' '))).size).toBe(plan.follows.length)
})

test('followers come in a power law: the first twentieth has more than a quarter of them, and half have less than the mean', () => {
  const all = plan.follows.length
  expect(all / 300).toBeGreaterThan(5)
  expect(followers.slice(0, 15).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(all / 4)
  expect(followers[150] ?? 0).toBeLessThan(all / 300)
})

test('reviews are of films that their author has rated, once each, and say that they are made up', () => {
  expect(plan.reviews.length).toBeGreaterThan(100)
  const has = new Set(ratings.map(({ user_id, item_id, stars }) => `${user_id} ${item_id} ${stars}`))
  expect(plan.reviews.filter(({ user_id, item_id, stars }) => !has.has(`${user_id} ${item_id} ${stars}`))).toEqual([])
  expect(new Set(plan.reviews.map(({ user_id, item_id }) => `${user_id} ${item_id}`)).size).toBe(plan.reviews.length)
  expect(plan.reviews.filter(({ body }) => !body.endsWith('*Made up for the sample data.*'))).toEqual([])
})

test('those who like a review follow its author, and like it once', () => {
  const pairs = new Set(plan.follows.map((pair) => pair.join(' ')))
  expect(plan.likes.length).toBeGreaterThan(50)
  expect(plan.likes.filter(({ user_id, review }) => !pairs.has(`${user_id} ${plan.reviews[review]?.user_id}`))).toEqual([])
  expect(new Set(plan.likes.map(({ user_id, review }) => `${user_id} ${review}`)).size).toBe(plan.likes.length)
})

test('lists hold what their maker rated four stars and more', () => {
  expect(plan.lists.length).toBeGreaterThan(5)
  for (const { user_id, item_ids } of plan.lists)
    for (const item_id of item_ids) expect(ratings.find((rating) => rating.user_id === user_id && rating.item_id === item_id)?.stars).toBeGreaterThanOrEqual(4)
})
