import { expect, test } from 'vitest'
import { readUpload } from './read.ts'
import type { ImportRow } from './rows.ts'
import { saidBy, letterboxdExport, zipOf } from './testing-files.ts'

const film = 'Date,Name,Year,Letterboxd URI'
const read = async (text: string, name?: string) => readUpload(Buffer.from(text), name)
const kinds = (rows: readonly ImportRow[]) => Object.fromEntries(Object.entries(Object.groupBy(rows, ({ kind }) => kind)).map(([kind, all]) => [kind, all.length]))

test('an export of Letterboxd is read whole: each viewing once, reviews by their viewings, and nothing dropped', async () => {
  const { source, rows, problems } = await readUpload(await zipOf(letterboxdExport))
  expect([source, problems]).toEqual(['letterboxd', []])
  expect(kinds(rows)).toEqual({ viewing: 4, rating: 2, review: 2, like: 1, watchlist_entry: 1, list: 2, list_entry: 2, kept: 7 })
  const said = saidBy(rows)
  expect(said).toContainEqual({
    kind: 'viewing', film: { name: 'Alien', year: 1979, letterboxd_uri: 'https://boxd.it/2awY' }, watched_on: '2020-01-31', half_stars: 9, liked: false, rewatch: false,
    tags: ['cinema', '70mm'], logged_on: '2020-02-01', entry_uri: 'https://boxd.it/dAAA',
  })
  expect(rows.filter(({ kind }) => kind === 'viewing').map((row) => 'watched_on' in row && `${row.film.name} ${row.watched_on}`)).toEqual([
    'Heat null', 'Good, the Bad and the Ugly, The null', 'Alien 2020-01-31', 'Alien 2021-10-31',
  ])
  const seen = (fields: object) => expect.objectContaining({ viewing: expect.objectContaining(fields) })
  expect(said.filter((row) => (row as ImportRow).kind === 'review')).toEqual([seen({ watched_on: '2020-01-31' }), seen({ film: expect.objectContaining({ name: 'Heat' }), watched_on: null })])
  expect(said).toContainEqual(expect.objectContaining({ kind: 'review', body: 'In space, *no one*  \ncan hear you "scream".\n\n🎬' }))
  expect(said).toContainEqual(expect.objectContaining({ kind: 'review', body: '=1+1 @home', half_stars: 10 }))
  expect(said).toContainEqual(expect.objectContaining({
    kind: 'list', key: 'lists/best.csv', name: 'Best, ever', description: 'A list,  \nover two lines', tags: ['top'],
  }))
  expect(said).toContainEqual(expect.objectContaining({ kind: 'list_entry', list: 'lists/best.csv', position: 2, note: '**Still** good' }))
  expect(rows.filter((row) => row.kind === 'kept').map(({ file, what }) => `${what} ${file}`)).toEqual([
    'profile profile.csv', 'comment comments.csv', 'other likes/lists.csv', 'deleted deleted/diary.csv',
    'deleted deleted/lists/old.csv', 'deleted deleted/lists/old.csv', 'orphaned orphaned/comments.csv',
  ])
  expect(rows.find(({ file }) => file === 'reviews.csv')).toMatchObject({ line: 2, columns: { Name: 'Alien', Rewatch: '' } })
  expect(rows.findLast(({ file }) => file === 'reviews.csv')).toMatchObject({ line: 6 })
})
test('a zip that was packed anew, in a folder and on a Mac, is the same', async () => {
  const packed = { ...Object.fromEntries(Object.entries(letterboxdExport).map(([path, text]) => [`letterboxd-ada/${path}`, text])), '__MACOSX/._diary.csv': 'x' }
  expect(saidBy((await readUpload(await zipOf(packed))).rows)).toEqual(saidBy((await readUpload(await zipOf(letterboxdExport))).rows))
})
test('one file of an export is told by its header, and by its name where headers are alike', async () => {
  for (const [path, kind] of [['diary.csv', 'viewing'], ['ratings.csv', 'rating'], ['lists/best.csv', 'list'], ['comments.csv', 'kept']] as const) {
    expect((await read(letterboxdExport[path] ?? '')).rows[0]?.kind, path).toBe(kind)
  }
  for (const [name, kind] of [['watched.csv', 'viewing'], ['my Watchlist (2).csv', 'watchlist_entry'], ['films.csv', 'like']] as const) {
    expect((await read(letterboxdExport['watchlist.csv'] ?? '', name)).rows.map((row) => row.kind)).toEqual([kind])
  }
  await expect(read(letterboxdExport['watchlist.csv'] ?? '')).rejects.toMatchObject({ code: 'import_unreadable', message: expect.stringContaining('send the name of the file') })
})
test('a review of a day that the diary lacks brings its viewing', async () => {
  const { rows } = await read(letterboxdExport['reviews.csv'] ?? '')
  expect(saidBy(rows)[1]).toMatchObject({ kind: 'review', viewing: { kind: 'viewing', watched_on: '2020-01-31', half_stars: 9, tags: ['cinema', '70mm'], logged_on: '2020-02-01' } })
  expect(rows.map((row) => (row.kind === 'review' ? row.viewing : row.kind))).toEqual(['viewing', 0, null])
})
test('of two viewings on one day each has its own review, whatever the order of the files', async () => {
  const diary = `${film},Rating,Rewatch,Tags,Watched Date\n2020-02-01,Heat,1995,https://boxd.it/a,4,,,2020-01-31\n`
    + `2020-02-01,Heat,1995,https://boxd.it/b,5,Yes,,2020-01-31\n`
  const reviews = `${film},Rating,Rewatch,Review,Tags,Watched Date\n2020-02-01,Heat,1995,https://boxd.it/z,,,last,,2020-01-31\n`
    + `2020-02-01,Heat,1995,https://boxd.it/a,4,,first,,2020-01-31\n`
  for (const files of [{ 'diary.csv': diary, 'reviews.csv': reviews }, { 'reviews.csv': reviews, 'diary.csv': diary }]) {
    const said = saidBy((await readUpload(await zipOf(files))).rows)
    expect(said.filter((row) => (row as ImportRow).kind === 'viewing')).toHaveLength(2)
    expect(said).toContainEqual(expect.objectContaining({ body: 'first', viewing: expect.objectContaining({ entry_uri: 'https://boxd.it/a' }) }))
    expect(said).toContainEqual(expect.objectContaining({ body: 'last', viewing: expect.objectContaining({ entry_uri: 'https://boxd.it/b' }) }))
  }
})
test('rows that cannot be read are kept, and told with their file, line and what is wrong', async () => {
  const rows = [
    '2024-02-30,Alien,1979,u,4,,,2024-01-01', '2024-01-01,Alien,1979,u,5.3,,,2024-01-01', '2024-01-01,,1979,u,4,,,2024-01-01',
    '2024-01-01,Alien,MCMLXXIX,u,4,Maybe,,yesterday', '2024-01-01,Alien,1979',
    `2024-01-01,Heat,1995,u,4,,"${Array.from({ length: 25 }, (_, at) => `t${at}`).join(', ')}",2024-01-01,extra`,
  ]
  const upload = await read(`${film},Rating,Rewatch,Tags,Watched Date\n${rows.join('\n')}`, 'diary.csv')
  expect(upload.rows.map(({ kind }) => kind)).toEqual(['kept', 'kept', 'kept', 'kept', 'viewing', 'viewing'])
  expect(upload.rows[0]).toEqual({
    kind: 'kept', what: 'unreadable', file: 'diary.csv', line: 2,
    columns: { Date: '2024-02-30', Name: 'Alien', Year: '1979', 'Letterboxd URI': 'u', Rating: '4', Rewatch: '', Tags: '', 'Watched Date': '2024-01-01' },
  })
  expect(upload.rows[5]).toMatchObject({ tags: Array.from({ length: 20 }, (_, at) => `t${at}`), columns: { '#9': 'extra' } })
  expect(upload.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '2: Date is "2024-02-30"; it must be a day such as 2024-02-29, or empty. The row is kept, and not imported',
    '3: Rating is "5.3"; it must be stars from 0.5 to 5 in halves, or empty. The row is kept, and not imported',
    '4: Name is empty. The row is kept, and not imported',
    '5: Year is "MCMLXXIX"; it must be a whole number from 1000 to 2199, or empty; '
      + 'Watched Date is "yesterday"; it must be a day such as 2024-02-29, or empty; Rewatch is "Maybe"; it must be Yes, or empty. The row is kept, and not imported',
    '7: Tags has 25 tags; 20 of 40 characters are taken at most, the others are left off',
  ])
})
test('a list whose head is broken is still a list, called by its file', async () => {
  const odd = 'Letterboxd list export v7\nDate,Name,Tags,URL,Description\nsoon,,,,\n\nPosition,Name,Year,URL,Description\n1,Heat,1995,,\n'
  const { rows, problems } = await readUpload(await zipOf({ 'lists/odd.csv': odd }))
  expect(saidBy(rows)).toMatchObject([{ kind: 'list', name: 'odd', created_on: null }, { kind: 'list_entry', list: 'lists/odd.csv' }])
  expect(problems).toHaveLength(1)
})
test('IMDb tells ratings, the watchlist and lists, in its forms of today and of old', async () => {
  const title = 'URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors'
  const matrix = 'The Matrix,The Matrix,https://www.imdb.com/title/tt0133093/,Movie,8.7,136,1999,"Action, Sci-Fi",2000000,1999-03-31,"Lana W, Lilly W"'
  const ratings = `Const,Your Rating,Date Rated,Title,Original Title,${title}\ntt0133093,9,2024-03-15,${matrix}\n`
    + `tt0959621,10,2024-03-15,Pilot,Pilot,u,TV Episode,9,58,2008,,,,\ntt0133093,11,2024-03-15,${matrix}\n`
  const rated = await read(ratings)
  expect(rated.source).toBe('imdb')
  expect(saidBy(rated.rows)[0]).toEqual({ kind: 'rating', film: { name: 'The Matrix', year: 1999, imdb_id: 'tt0133093' }, half_stars: 9, rated_on: '2024-03-15' })
  expect(rated.rows.slice(1).map((row) => row.kind === 'kept' && row.what)).toEqual(['other', 'unreadable'])
  expect(rated.problems.map(({ line }) => line)).toEqual([3, 4])
  const listed = `Position,Const,Created,Modified,Description,Title,Original Title,${title},Your Rating,Date Rated\n`
    + `1,tt0133093,2023-01-01,2023-01-01,see *it*,${matrix},9,2024-03-15\n`
    + `2,tt0113277,2023-01-02,2023-01-02,,Heat,Heat,u,Movie,8,170,1995,,,,,,\n`
  const kindsOf = async (name?: string) => (await read(listed, name)).rows.map(({ kind }) => kind)
  expect(await kindsOf()).toEqual(['watchlist_entry', 'rating', 'watchlist_entry'])
  expect(await kindsOf('WATCHLIST.csv')).toEqual(['watchlist_entry', 'rating', 'watchlist_entry'])
  expect(await kindsOf('Heists.csv')).toEqual(['list', 'list_entry', 'rating', 'list_entry'])
  expect(saidBy((await read(listed, 'Heists.csv')).rows)[1]).toMatchObject({ list: 'Heists.csv', position: 1, note: String.raw`see \*it\*` })
  const old = '"position","const","created","modified","description","Title","Title type","Directors","You rated","IMDb Rating","Runtime (mins)",'
    + '"Year","Genres","Num. Votes","Release Date (month/day/year)","URL"\n"1","tt0211915","Sat Jan 14 00:00:00 2012","","","Am\u00E9lie","Feature Film","","8","","","2001","","","",""\n'
  const { rows } = await readUpload(Buffer.from(old, 'latin1'), 'ratings.csv')
  expect(saidBy(rows)).toEqual([{ kind: 'rating', film: { name: 'Amélie', year: 2001, imdb_id: 'tt0211915' }, half_stars: 8, rated_on: null }])
  expect(saidBy((await readUpload(Buffer.from(old, 'latin1'), 'watchlist.csv')).rows)[0]).toMatchObject({ kind: 'watchlist_entry', added_on: '2012-01-14' })
})
