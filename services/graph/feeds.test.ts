import { expect, test } from 'vitest'
import { activityOf } from './feeds.ts'

const told = {
  activity_id: 'followed:a.b', profile_id: 'a', kind: 'followed', title_id: '', subject_kind: '', subject_id: '', other_id: 'b', half_stars: 0, occurred_at: 5,
}

test('what is empty in an answer of the service feed is nothing in the graph', () => {
  expect(activityOf(told)).toEqual({ ...told, title_id: null, subject_kind: null, subject_id: null, half_stars: null })
})
test('a kind that is newer than this program is unknown', () => {
  expect(activityOf({ ...told, kind: 'sung_about' }).kind).toBe('unknown')
})
