/** Uploads for tests: zips made in memory, and a Letterboxd export of a real one's shape. */
import { ZipFile } from 'yazl'
import { letterboxdFiles } from './write.ts'
import type { ImportRow } from './rows.ts'
import type { Shelf } from './shelf.ts'

/** A zip of these files by path. */
export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text as string), path)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A text out of its pieces. */
export async function textFrom(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

/** Files of a shelf by path. */
export async function writtenFiles(shelf: Shelf): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for await (const { path, text } of letterboxdFiles(shelf)) files[path] = await textFrom(text)
  return files
}

/** What a row says, without the place it came from; a review with the viewing that it is of in place of its number. */
export function saidBy(rows: readonly ImportRow[]): readonly unknown[] {
  const bare = (row: ImportRow): object => {
    const { file, line: _line, columns, ...said } = row
    return said.kind === 'kept' ? { ...said, file, columns } : said
  }
  return rows.map((row) => (row.kind === 'review' ? { ...bare(row), viewing: row.viewing === null ? null : bare(rows[row.viewing] ?? row) } : bare(row)))
}

const film = 'Date,Name,Year,Letterboxd URI'
/** An export with a rewatch, half stars, a review with a day and one without, two lists of which one is empty, and deleted entries. */
export const letterboxdExport: Readonly<Record<string, string>> = {
  'profile.csv': 'Date Joined,Username,Given Name,Family Name,Email Address,Location,Website,Bio,Pronoun,Favorite Films\r\n'
    + '2019-10-03,ada,Ada,L,ada@example.com,,,"films, mostly",They / them,https://boxd.it/2a9q\r\n',
  'watched.csv': `${film}\n2020-01-01,Alien,1979,https://boxd.it/2awY\n2020-01-02,Heat,1995,https://boxd.it/29Zc\n2020-01-03,"Good, the Bad and the Ugly, The",1966,https://boxd.it/2b3c\n`,
  'diary.csv': `${film},Rating,Rewatch,Tags,Watched Date\n`
    + `2020-02-01,Alien,1979,https://boxd.it/dAAA,4.5,,"cinema, 70mm",2020-01-31\n2021-10-31,Alien,1979,https://boxd.it/dAAB,0.5,Yes,,2021-10-31\n`,
  'ratings.csv': `${film},Rating\n2021-10-31,Alien,1979,https://boxd.it/2awY,0.5\n2020-01-02,Heat,1995,https://boxd.it/29Zc,5\n`,
  'reviews.csv': `${film},Rating,Rewatch,Review,Tags,Watched Date\n`
    + `2020-02-01,Alien,1979,https://boxd.it/dAAA,4.5,,"In space, <i>no one</i>\ncan hear you ""scream"".\n\n🎬","cinema, 70mm",2020-01-31\n`
    + `2020-03-01,Heat,1995,https://boxd.it/dAAC,5,,=1+1 @home,,\n`,
  'watchlist.csv': `${film}\n2022-05-05,Tampopo,1985,https://boxd.it/1X2Y\n`,
  'comments.csv': 'Date,Content,Comment\n2020-04-01,https://boxd.it/63bV,"Right, ""ya"""\n',
  'likes/films.csv': `${film}\n2020-02-02,Alien,1979,https://boxd.it/2awY\n`,
  'likes/lists.csv': 'Date,Content\n2020-02-03,https://boxd.it/list9\n',
  'lists/best.csv': 'Letterboxd list export v7\nDate,Name,Tags,URL,Description\n'
    + '2021-01-01,"Best, ever",top,https://boxd.it/list1,"A list,\nover two lines"\n\n'
    + 'Position,Name,Year,URL,Description\n1,Heat,1995,https://boxd.it/29Zc,\n2,Alien,1979,https://boxd.it/2awY,<b>Still</b> good\n',
  'lists/none.csv': 'Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2021-01-02,None,,https://boxd.it/list2,\n\nPosition,Name,Year,URL,Description\n',
  'deleted/diary.csv': `${film},Rating,Rewatch,Tags,Watched Date\n2019-12-01,Cats,2019,https://boxd.it/dDDD,1,,,2019-11-30\n`,
  'deleted/lists/old.csv': 'Letterboxd list export v7\nDate,Name,Tags,URL,Description\n'
    + '2018-01-01,Old,,https://boxd.it/list3,\n\nPosition,Name,Year,URL,Description\n1,Cats,2019,https://boxd.it/cats,\n',
  'orphaned/comments.csv': 'Date,Content,Comment\n2018-04-01,https://boxd.it/gone,nobody reads this\n',
}
