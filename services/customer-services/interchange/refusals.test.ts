/** Uploads that are not to be read: each is refused as a whole, with words that say where and what to do. */
import { expect, test } from 'vitest'
import { most } from './refuse.ts'
import { readUpload } from './read.ts'
import { letterboxdExport, zipOf } from './testing-files.ts'

const refusal = async (bytes: Buffer, name?: string): Promise<string> => {
  const error = await readUpload(bytes, name).then(() => undefined, (thrown: unknown) => thrown as { readonly name: string; readonly code: string; readonly message: string })
  expect(error?.name, error?.message).toBe('Refused')
  return `${error?.code}: ${error?.message}`
}
const diary = letterboxdExport['diary.csv'] ?? ''
const zip = zipOf({ 'diary.csv': diary })
/** A zip with a number changed in its central directory; offsets are of APPNOTE.TXT 4.3.12. */
async function forged(bytes: Promise<Buffer>, change: (directory: Buffer, whole: Buffer) => void): Promise<Buffer> {
  const copy = Buffer.from(await bytes)
  change(copy.subarray(copy.indexOf(Buffer.from([0x50, 0x4b, 1, 2]))), copy)
  return copy
}

test.each([
  ['no file at all', Buffer.alloc(0), 'import_unreadable: reading the upload: it is no file of Letterboxd or IMDb; send the zip that Letterboxd exports'],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0]), "import_unreadable: reading 'upload.csv', line 1: it is not UTF-8; save it as UTF-8"],
  ['a table of something else', Buffer.from('a,b\n1,2\n'), 'import_unreadable: reading the upload: it is no file'],
  ['Latin letters that are no UTF-8', Buffer.from(`${diary}2024-01-01,Am\u00E9lie,2001,u,4,,,2024-01-01\n`, 'latin1'), "import_unreadable: reading 'upload.csv', line 4: it is not UTF-8"],
  ['UTF-16 without a mark', Buffer.from(diary, 'utf16le'), "import_unreadable: reading 'upload.csv', line 1: it holds bytes that no text has"],
  ['half of a UTF-16 text', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(diary, 'utf16le'), Buffer.from([0x00, 0xd8])]), "import_unreadable: reading 'upload.csv': it begins as UTF-16"],
  ['a quotation mark never closed', Buffer.from(`${diary}2024-01-01,"Alien`), "import_unreadable: reading 'upload.csv', line 4: a quotation mark is never closed"],
  ['words after a closing mark', Buffer.from(`${diary}2024-01-01,"Alien"s,1979,,,,,\n`), "import_unreadable: reading 'upload.csv', line 4: something follows a closing quotation mark"],
  ['a mark within bare words', Buffer.from(`${diary}2024-01-01,the "Alien",1979,,,,,\n`), "import_unreadable: reading 'upload.csv', line 4: a quotation mark stands within"],
  ['a row of a book', Buffer.from(`${diary}2024-01-01,${'x'.repeat(most.row_characters)}\n`), "import_too_large: reading 'upload.csv', line 4: a row has more than"],
  ['a row of commas', Buffer.from(`${diary}${','.repeat(most.columns)}\n`), "import_too_large: reading 'upload.csv', line 4: it has 65 cells, and 64 are read at most"],
  ['too many rows', Buffer.from(diary + 'x\n'.repeat(most.rows)), "import_too_large: reading 'upload.csv', line 50001: more than 50000 rows"],
])('%s is refused', async (_, bytes, words) => {
  expect(await refusal(bytes)).toContain(words)
})

test('too many rows are too many in all files together', async () => {
  const half = diary + 'x\n'.repeat(most.rows / 2)
  expect(await refusal(await zipOf({ 'deleted/diary.csv': half, 'orphaned/diary.csv': half }))).toContain("import_too_large: reading 'orphaned/diary.csv'")
})
test('a zip of another kind, or one within a zip, is refused, and the zip within is told when there is something else', async () => {
  const inner = await zip
  expect(await refusal(await zipOf({ 'inner.zip': inner }))).toContain('import_unreadable: reading the upload: no file in the zip is one of Letterboxd or IMDb')
  const { rows, problems } = await readUpload(await zipOf({ 'inner.zip': inner, 'diary.csv': diary, 'notes.txt': 'x' }))
  expect([rows.length, problems.map(({ file }) => file)]).toEqual([2, ['inner.zip', 'notes.txt']])
})
test('bombs are not inflated: by what they declare, by what they hold, by how many they are', async () => {
  const zeros = Buffer.alloc(most.file_bytes + 1)
  expect(await refusal(await zipOf({ 'diary.csv': zeros }))).toContain(`import_too_large: reading 'diary.csv': it holds ${most.file_bytes + 1} bytes`)
  const part = Buffer.alloc(most.all_bytes / 4 + 1)
  expect(await refusal(await zipOf({ 'a.csv': part, 'b.csv': part, 'c.csv': part, 'd.csv': part }))).toContain('import_too_large: reading the zip: it holds 67108868 bytes of CSV')
  const lying = await forged(zipOf({ 'diary.csv': zeros }), (directory) => directory.writeUInt32LE(100, 24))
  expect(await refusal(lying)).toBe('import_too_large: reading the zip: a file in it inflates to more than it declares')
  const many = Object.fromEntries(Array.from({ length: most.entries + 1 }, (_, at) => [`${at}.csv`, '']))
  expect(await refusal(await zipOf(many))).toContain('import_too_large: reading the zip: it has 2001 entries')
})
test('a zip that is broken, encrypted or plays tricks with paths is refused', async () => {
  const whole = await zip
  expect(await refusal(whole.subarray(0, whole.length - 30))).toContain('import_unreadable: reading the zip: ')
  const locked = await forged(zip, (directory) => directory.writeUInt16LE(directory.readUInt16LE(8) | 1, 8))
  expect(await refusal(locked)).toContain("import_unreadable: reading 'diary.csv': it is encrypted")
  expect(await refusal(await forged(zip, (directory) => directory.writeUInt32LE(1, 16)))).toContain("import_unreadable: reading 'diary.csv': it is damaged")
  expect(await refusal(await forged(zip, (directory) => directory.write('../up.csv', 46)))).toContain('import_unreadable: reading the zip: invalid relative path: ../up.csv')
  expect(await refusal(await forged(zip, (directory) => directory.write('/root.csv', 46)))).toContain('import_unreadable: reading the zip: absolute path: /root.csv')
  expect(await refusal(await forged(zip, (directory) => directory.write('di\nry.csv', 46)))).toContain('holds control characters')
  const twice = await forged(zipOf({ 'a.csv': diary, 'b.csv': diary }), (directory) => directory.write('b.csv', 46))
  expect(await refusal(twice)).toContain("import_unreadable: reading 'b.csv': the zip has two files of that name")
  expect(await refusal(await zipOf({ [`${'x'.repeat(most.path_characters)}.csv`]: diary }))).toContain('is too long')
})
test('UTF-8 with a mark and UTF-16 with one, of either order, are read', async () => {
  const text = `${diary}2024-01-01,Amélie 🎬,2001,u,4,,,2024-01-01\r\n`
  const big = Buffer.from(text, 'utf16le').swap16()
  for (const bytes of [Buffer.from(`\uFEFF${text}`), Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]), Buffer.concat([Buffer.from([0xfe, 0xff]), big])]) {
    const { rows } = await readUpload(bytes)
    expect(rows.at(-1)).toMatchObject({ kind: 'viewing', film: { name: 'Amélie 🎬' }, file: 'upload.csv', line: 4 })
  }
})
