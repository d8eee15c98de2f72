import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkProto, freezeProto, type ProtoFolders } from './schemas-proto.ts'

test('the contracts of gRPC keep the lint, and follow their frozen history', async () => {
  expect((await checkProto()).breaks).toEqual([])
})

describe('a copy of the contracts, all of it frozen', () => {
  const file = 'cdlc/platform/v1/configuration.proto'
  let folder = ''
  let folders: ProtoFolders = { current: '', history: '' }
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/cdlc-proto-`)
    folders = { current: `${folder}/proto`, history: `${folder}/proto-history` }
    cpSync(fileURLToPath(new URL('.', import.meta.resolve('@cdlc/schemas/proto/buf.yaml'))), folders.current, { recursive: true })
    freezeProto(folders)
  })
  afterEach(() => { rmSync(folder, { recursive: true }) })
  const edit = (from: string | RegExp, to: string, path = `${folders.current}/${file}`): void => {
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(from)
    writeFileSync(path, text.replace(from, to))
  }
  const rules = async (): Promise<readonly string[]> => (await checkProto(folders)).breaks.map(({ rule, path, version }) => `${rule} ${path.replace(/:\d+$/, '')} ${version}`)

  test('is clean', async () => {
    expect(await checkProto(folders)).toMatchObject({ versions: 1, breaks: [] })
  })
  test('is clean where a comment changed', async () => {
    edit('syntax = "proto3";', '// told in other words\nsyntax = "proto3";')
    expect(await rules()).toEqual([])
  })
  test('may gain a field, once that is frozen too', async () => {
    edit('bool removed = 5;', 'bool removed = 5;\n  string kind = 6;')
    expect(await rules()).toEqual(['not-frozen proto 1'])
    expect([freezeProto(folders), await rules()]).toEqual([2, []])
  })
  test.each([
    ['lose a field', /\n {2}string value = 4;/, '', 'FIELD_NO_DELETE'],
    ['change the type of one', 'int64 version = 3;', 'string version = 3;', 'FIELD_SAME_TYPE'],
    ['rename one', 'bool removed = 5;', 'bool gone = 5;', 'FIELD_SAME_NAME'],
    ['lose a call', /\n {2}rpc Watch[^\n]*/, '', 'RPC_NO_DELETE'],
    ['answer in another way', 'returns (stream WatchResponse)', 'returns (WatchResponse)', 'RPC_SAME_SERVER_STREAMING'],
  ])('may not %s', async (_name, from, to, rule) => {
    edit(from, to)
    expect(await rules()).toContainEqual(expect.stringMatching(`^${rule} ${file} 1$`))
  })
  test('keeps the lint', async () => {
    edit('bool removed = 5;', 'bool removed = 5;\n  string Kind = 6;')
    expect(await rules()).toEqual([`FIELD_LOWER_SNAKE_CASE ${file} 0`])
  })
  test('that does not compile is told as that', async () => {
    edit('bool removed = 5;', 'boolean removed = 5;')
    expect(await rules()).toEqual([`COMPILE ${file} 0`])
  })
  test('is broken by an edited frozen file', async () => {
    edit('syntax = "proto3";', 'syntax = "proto3";\n', `${folders.history}/1/${file}`)
    expect(await rules()).toEqual(['frozen-edited proto-history/1 1'])
  })
})
