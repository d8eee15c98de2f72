import { describe, expect, test } from 'vitest'
import { createEndedSessions } from './sessions.ts'

/** Sessions of which Redis knows that these have ended; `told` is who was told. */
function scene(over: readonly string[] = []) {
  const ended = new Set(over)
  const told: string[] = []
  const state = { away: false }
  const book = createEndedSessions(async (session_id) => {
    if (state.away) throw new Error('away')
    return ended.has(session_id)
  })
  return { ended, told, state, book, watch: (session_id: string, name = session_id) => book.watch(session_id, () => { told.push(name) }) }
}

describe('who watches a session', () => {
  test('is told once when it ends, each who does, and of no other', () => {
    const { book, told, watch } = scene()
    watch('a', 'one')
    watch('a', 'two')
    watch('b')
    book.heard('a')
    book.heard('a')
    expect(told).toEqual(['one', 'two'])
  })
  test('is told at once where it has ended', () => {
    const { book, told, watch } = scene()
    book.heard('a')
    watch('a')
    expect(told).toEqual(['a'])
  })
  test('is told no more after saying so', () => {
    const { book, told, watch } = scene()
    const [stop] = [watch('a', 'one'), watch('a', 'two')]
    stop()
    stop()
    book.heard('a')
    expect(told).toEqual(['two'])
  })
  test('is told of what went unheard while the channel was lost, when it is there again', async () => {
    const { book, ended, told, watch, state } = scene()
    book.opened()
    for (const session_id of ['a', 'b', 'c']) watch(session_id)
    book.lost()
    ended.add('b').add('c')
    state.away = true
    expect(await book.confirm('a')).toBe(false)
    state.away = false
    book.opened()
    await expect.poll(() => told).toEqual(['b', 'c'])
  })
})
