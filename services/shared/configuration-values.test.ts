import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createValues, fileOf } from './configuration-values.ts'

const entry = (name: string, value: string, removed = false) => ({ namespace: 'services', name, version: 1, value, removed })
const page = (anew: boolean, ...entries: ReturnType<typeof entry>[]) => ({ anew, entries })

describe('what is told page by page', () => {
  test('holds once the last page has come, and not before', () => {
    const values = createValues()
    expect(values.take(page(true, entry('a', '1')), '')).toEqual([])
    expect(values.text('services', 'a')).toBeUndefined()
    expect(values.take(page(false, entry('b', '2')), '7.x')).toEqual(['services/a', 'services/b'])
    expect([values.text('services', 'a'), values.text('services', 'b'), values.resume()]).toEqual(['1', '2', '7.x'])
  })
  test('anew takes away what is not told any more', () => {
    const values = createValues()
    values.take(page(true, entry('a', '1'), entry('b', '2')), '1.x')
    expect(values.take(page(true, entry('b', '2')), '2.x')).toEqual(['services/a'])
    expect(values.text('services', 'a')).toBeUndefined()
  })
  test('and breaks off is told again from where it began', () => {
    const values = createValues()
    values.take(page(true, entry('a', '1')), '1.x')
    values.take(page(true, entry('b', '2')), '')
    expect(values.resume()).toBe('1.x')
    expect(values.take(page(false, entry('c', '3')), '2.x')).toEqual(['services/c'])
    expect(values.all().entries.map(({ name }) => name)).toEqual(['a', 'c'])
  })
  test('names as changed what has another value, and what is removed', () => {
    const values = createValues()
    values.take(page(true, entry('a', '1'), entry('b', '2'), entry('c', '3')), '1.x')
    expect(values.take(page(false, entry('a', '1'), entry('b', '5'), entry('c', '', true)), '2.x')).toEqual(['services/b', 'services/c'])
  })
})

describe('what is remembered', () => {
  test('comes back, of the namespaces that are followed now', () => {
    const values = createValues()
    const other = { namespace: 'other', name: 'x', version: 1, value: '1' }
    expect(values.restore({ entries: [{ ...other, namespace: 'services' }, other] }, ['services'])).toEqual(['services/x'])
    expect([values.text('other', 'x'), values.resume()]).toEqual([undefined, ''])
  })
  test('in a file is replaced as a whole; none is no error, and one that holds something else is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cdlc-values-'))
    try {
      const memory = fileOf(join(folder, 'deep', 'values.json'))
      expect(await memory.load()).toBeUndefined()
      const remembered = { entries: [{ namespace: 'services', name: 'a', version: 1, value: '1' }] }
      await memory.save({ entries: [] })
      await memory.save(remembered)
      expect([await memory.load(), await readdir(join(folder, 'deep'))]).toEqual([remembered, ['values.json']])
      await writeFile(join(folder, 'deep', 'values.json'), '{"entries":[{"name":1}]}')
      await expect(memory.load()).rejects.toThrow('it holds no configuration')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
