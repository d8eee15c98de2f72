import { expect, test } from 'vitest'
import { openLobby } from './lobby.ts'

const leaves = (room: ReturnType<ReturnType<typeof openLobby>['enter']>): (() => void) => (typeof room === 'function' ? room : () => { throw new Error(`no room: ${room}`) })

test('an account has so much room, and the process; who leaves gives it back, once', () => {
  const lobby = openLobby({ of_account: 2, in_process: 3 })
  const [one] = [leaves(lobby.enter('ada')), leaves(lobby.enter('ada'))]
  expect(lobby.enter('ada')).toBe('account')
  leaves(lobby.enter('bob'))
  expect(lobby.enter('cleo')).toBe('process')
  one()
  one()
  leaves(lobby.enter('cleo'))
  expect([lobby.enter('dora'), lobby.enter('bob')]).toEqual(['process', 'process'])
})
