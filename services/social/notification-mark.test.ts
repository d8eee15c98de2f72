import { expect, test } from 'vitest'
import { unreadCount } from './notification-mark.ts'

const newest = [{ occurred_at: 30 }, { occurred_at: 20 }, { occurred_at: 10 }]

test('a view that knows the mark is believed', () => {
  expect(unreadCount({ count: 42, read_at: 20 }, 20, newest)).toBe(42)
  expect(unreadCount({ count: 42, read_at: null }, null, newest)).toBe(42)
})

test('what was read a moment ago is not unread because the view does not know yet', () => {
  expect(unreadCount({ count: 3, read_at: null }, 30, newest)).toBe(0)
  expect(unreadCount({ count: 3, read_at: 10 }, 20, newest)).toBe(1)
})

test('where the mark lies further back than the page, the view is believed all the same', () => {
  expect(unreadCount({ count: 42, read_at: 1 }, 5, newest)).toBe(42)
  expect(unreadCount({ count: 42, read_at: 1 }, 30, [])).toBe(42)
})
