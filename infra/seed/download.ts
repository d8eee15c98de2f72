/** Fetches the sample data, which is not ours to pass on, out of packages of PyPI and npm into the cache; offline ever after. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../local/exec.ts'
import { onPath } from '../local/toolchain.ts'
import type { VegaMovie } from './join.ts'
import { decodeText, parseMovieLens, type MovieLens } from './movielens.ts'

interface Source {
  readonly name: string
  readonly version: string
  readonly archive: string
  readonly sha256: string
  /** Paths inside the archive. */
  readonly files: readonly string[]
  /** The program that fetches the archive into the folder it is given. */
  readonly fetch: (folder: string) => readonly [program: string, ...args: string[]]
}

const python = (): string => {
  const found = onPath('python3') ?? onPath('python')
  if (found === undefined) throw new Error("fetching the sample data: no 'python3' on PATH; install Python 3.9 or newer with pip, then run the same command again")
  return found
}

const sources = {
  movielens: {
    name: 'recbole', version: '1.2.1', archive: 'recbole-1.2.1-py3-none-any.whl',
    sha256: '9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407',
    files: ['inter', 'item', 'user'].map((kind) => `recbole/dataset_example/ml-100k/ml-100k.${kind}`),
    fetch: (folder) => [python(), '-m', 'pip', 'download', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--dest', folder, 'recbole==1.2.1'],
  },
  vega: {
    name: 'vega-datasets', version: '3.2.1', archive: 'vega-datasets-3.2.1.tgz',
    sha256: '6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3',
    files: ['package/data/movies.json'],
    fetch: (folder) => ['npm', 'pack', '--silent', '--pack-destination', folder, 'vega-datasets@3.2.1'],
  },
} satisfies Record<string, Source>

// Python is there for pip anyway and reads both kinds of archive; Node reads neither.
const extractor = `
import sys, tarfile, zipfile, os
archive, folder, *names = sys.argv[1:]
opened = zipfile.ZipFile(archive) if archive.endswith('.whl') else tarfile.open(archive)
read = opened.read if archive.endswith('.whl') else lambda name: opened.extractfile(name).read()
for name in names:
    with open(os.path.join(folder, os.path.basename(name)), 'wb') as out: out.write(read(name))
`

/** Folder with the files of one source: complete as soon as it exists. */
async function obtain({ name, version, archive, sha256, files, fetch }: Source, cache: string): Promise<string> {
  const seeds = join(cache, 'seed')
  const ready = join(seeds, `${name}-${version}`)
  if (existsSync(ready)) return ready
  mkdirSync(seeds, { recursive: true })
  const work = mkdtempSync(join(seeds, '.fetching-'))
  try {
    const log = join(seeds, `${name}.log`)
    const [program, ...args] = fetch(work)
    await exec(program, args, { cwd: work, log }).catch((cause: Error) => {
      const cure = cause.message.includes('No module named pip') ? "install pip, such as with the system package 'python3-pip'"
        : 'this needs a package registry, once: connect the machine, or configure a mirror for pip and npm'
      throw new Error(`fetching '${name}' ${version}: ${cure}; then run the same command again`, { cause })
    })
    const path = join(work, archive)
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
    if (digest !== sha256) throw new Error(`fetching '${archive}': its SHA-256 is '${digest}', not '${sha256}'; see whose package the configured registry gave`)
    const folder = join(work, 'files')
    mkdirSync(folder)
    await exec(python(), ['-c', extractor, path, folder, ...files], { log })
    try {
      renameSync(folder, ready)
    } catch (error) {
      // Another process fetched the same meanwhile.
      if (!existsSync(ready)) throw error
    }
    return ready
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

export interface SampleData { readonly movielens: MovieLens; readonly movies: readonly VegaMovie[] }

/** Reads both sets, fetching what the cache lacks. */
export async function sampleData(cache: string): Promise<SampleData> {
  const [ratings, vega] = [await obtain(sources.movielens, cache), await obtain(sources.vega, cache)]
  const text = (kind: string): string => decodeText(readFileSync(join(ratings, `ml-100k.${kind}`)))
  return {
    movielens: parseMovieLens({ item: text('item'), user: text('user'), inter: text('inter') }),
    movies: JSON.parse(readFileSync(join(vega, 'movies.json'), 'utf8')) as VegaMovie[],
  }
}
