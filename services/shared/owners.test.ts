import { expect, test } from 'vitest'
import { remembering } from './owners.ts'

test('what has an owner is asked for once, what has none each time, and the one asked for longest ago is forgotten', async () => {
  const owners = new Map([['p1', 'a1'], ['p2', 'a2'], ['p3', 'a3']])
  const asked: string[] = []
  const ownerOf = remembering(async (id) => {
    asked.push(id)
    return owners.get(id)
  }, 2)
  const answers = async (...ids: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const found = []
    for (const id of ids) found.push(await ownerOf(id))
    return found
  }
  expect(await answers('p1', 'p2', 'p1', 'gone', 'gone')).toEqual(['a1', 'a2', 'a1', undefined, undefined])
  expect(asked).toEqual(['p1', 'p2', 'gone', 'gone'])
  expect(await answers('p3', 'p1', 'p2')).toEqual(['a3', 'a1', 'a2'])
  expect(asked.slice(4)).toEqual(['p3', 'p2'])
})
