/** Looks for words in everything that the platform stores: each store's own catalogue says what there is to look through. For tests. */
import { setTimeout as rest } from 'node:timers/promises'
import { readToEnd } from '@cdlc/streams/runtime/read.ts'
import ratedTogether from '@cdlc/streams/views/user/rated-together.ts'
import diary from '@cdlc/streams/views/user/profile-diary.ts'
import ratings from '@cdlc/streams/views/user/ratings.ts'
import { StatementError } from '../shared/mysql.ts'
import { openRedis } from '../shared/redis.ts'
import type { Platform } from '../shared/platform.ts'

/** Where words were found, as `store place: word`; each place once. */
export type Findings = readonly string[]
/** Text is found in either spelling; bytes as they are. */
export type Words = readonly (string | Buffer)[]
const named = (word: string | Buffer): string => (typeof word === 'string' ? word : `bytes ${word.toString('hex').slice(0, 16)}`)
const spellings = (word: string | Buffer): readonly Buffer[] =>
  typeof word === 'string' ? [...new Set([word, word.toLowerCase()])].map((one) => Buffer.from(one)) : [word]
const inBytes = (bytes: Buffer, words: Words): Words => words.filter((word) => spellings(word).some((spelling) => bytes.includes(spelling)))
const texts = (words: Words): readonly string[] => words.filter((word) => typeof word === 'string')

/** A table that somebody has dropped since it was listed. */
const isGone = (error: unknown): boolean => error instanceof Error && error.cause instanceof StatementError && error.cause.code === 'ER_NO_SUCH_TABLE'

/** Every column of every table of both databases. */
export async function searchMysql(platform: Platform, words: Words): Promise<Findings> {
  const found = new Set<string>()
  for (const name of ['content', 'user'] as const) {
    const database = platform.database(name)
    const columns = await database.read((sql) =>
      sql.rows<{ readonly tab: string; readonly col: string }>(
        'SELECT TABLE_NAME AS tab, COLUMN_NAME AS col FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()',
      ),
    )
    for (const { tab, col } of columns) {
      for (const word of words) {
        const any = spellings(word).map(() => `LOCATE(?, CAST(CONCAT(\`${col}\`) AS BINARY)) > 0`)
        const hits = await database
          .read((sql) => sql.rows(`SELECT 1 FROM \`${tab}\` WHERE ${any.join(' OR ')} LIMIT 1`, spellings(word)))
          .catch((error: unknown) => {
            if (isGone(error)) return []
            throw error
          })
        if (hits.length > 0) found.add(`mysql ${name}.${tab}.${col}: ${named(word)}`)
      }
    }
  }
  return [...found]
}

/** Every key, and what is under it. */
export async function searchRedis({ endpoints }: Platform, words: Words): Promise<Findings> {
  const client = openRedis(endpoints, '')
  const found = new Set<string>()
  const dump: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    none: async () => null, // expired meanwhile
    string: (key) => client.getBuffer(key),
    hash: (key) => client.hgetallBuffer(key),
    set: (key) => client.smembersBuffer(key),
    list: (key) => client.lrangeBuffer(key, '0', '-1'),
    zset: (key) => client.zrangeBuffer(key, '0', '-1'),
  }
  const partsOf = (value: unknown): readonly Buffer[] =>
    Buffer.isBuffer(value) ? [value] : Object.entries(value ?? {}).flatMap(([name, part]) => [Buffer.from(name), part as Buffer])
  try {
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
      const [next, keys] = await client.scan(cursor, 'COUNT', '500')
      cursor = next
      await Promise.all(
        keys.map(async (key) => {
          const kind = await client.type(key)
          const read = dump[kind]
          if (read === undefined) throw new Error(`searching Redis: key '${key}' is a ${kind}, which this search does not know`)
          const bytes = Buffer.concat([Buffer.from(key), ...partsOf(await read(key))])
          for (const word of inBytes(bytes, words)) found.add(`redis ${key}: ${named(word)}`)
        }),
      )
    }
  } finally {
    client.disconnect()
  }
  return [...found]
}

/** Every row of every table of the keyspace. */
export async function searchCassandra({ endpoints, sinks }: Platform, words: Words): Promise<Findings> {
  const reader = await sinks.reader(diary)
  const { keyspace } = endpoints.scylla
  const found = new Set<string>()
  const tables = await reader.run<{ readonly table_name: string }>('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace])
  for (const { table_name } of tables)
    for (const row of await reader.run<object>(`SELECT JSON * FROM ${keyspace}."${table_name}"`, []))
      for (const word of inBytes(Buffer.from(JSON.stringify(row)), words)) found.add(`cassandra ${table_name}: ${named(word)}`)
  return [...found]
}

/** Every property of every node and relationship. */
export async function searchNeo4j({ sinks }: Platform, words: Words): Promise<Findings> {
  const reader = await sinks.reader(ratedTogether)
  const found = new Set<string>()
  for (const [pattern, place] of [['(n)', "reduce(all = '', label IN labels(n) | all + ':' + label)"], ['()-[n]->()', 'type(n)']] as const)
    for (const word of texts(words)) {
      const cypher = `MATCH ${pattern} WHERE any(name IN keys(n) WHERE toLower(toStringOrNull(n[name])) CONTAINS toLower($word)) RETURN DISTINCT ${place} AS place`
      for (const row of await reader.run<{ readonly place: string }>(cypher, { word })) found.add(`neo4j ${row.place}: ${word}`)
    }
  return [...found]
}

/** Every current row of every table; `physically`: also rows that a merge has yet to remove. */
export async function searchClickHouse({ endpoints, sinks }: Platform, words: Words, physically: boolean): Promise<Findings> {
  const reader = await sinks.reader(ratings)
  const found = new Set<string>()
  const { database } = endpoints.clickhouse
  const tables = await reader.run<{ readonly name: string; readonly engine: string }>('SELECT name, engine FROM system.tables WHERE database = {database:String}', { database })
  for (const { name, engine } of tables)
    for (const word of texts(words)) {
      const final = !physically && engine === 'ReplacingMergeTree' ? 'FINAL' : ''
      const hits = await reader.run(`SELECT 1 AS hit FROM \`${database}\`.\`${name}\` ${final} WHERE positionCaseInsensitiveUTF8(toString(tuple(*)), {word:String}) > 0 LIMIT 1`, { word })
      if (hits.length > 0) found.add(`clickhouse ${name}: ${word}`)
    }
  return [...found]
}

/** Every record of every topic there is, its key and headers too. */
export async function searchKafka({ sinks: { kafka } }: Platform, words: Words): Promise<Findings> {
  const found = new Set<string>()
  const topics = (await kafka.topics()).filter((topic) => topic !== '__consumer_offsets')
  await readToEnd(kafka, topics, ({ topic, records }) => {
    for (const { key, value, headers } of records) {
      const bytes = Buffer.concat([Buffer.from(JSON.stringify([key, ...Object.values(headers).map(String)])), value ?? Buffer.alloc(0)])
      for (const word of inBytes(bytes, words)) found.add(`kafka ${topic}: ${named(word)}`)
    }
  })
  return [...found]
}

/** Searches until nothing is found, or for `longest_ms`: views follow what they follow within a moment. */
export async function untilNothing(search: () => Promise<Findings>, longest_ms = 60_000): Promise<Findings> {
  for (const deadline = Date.now() + longest_ms; ; await rest(250)) {
    const found = await search()
    if (found.length === 0 || Date.now() > deadline) return found
  }
}
