/** The connector configurations of this folder: `<name>.json` is the configuration of the connector `<name>`, placeholders and all. */
import { readdirSync, readFileSync } from 'node:fs'

export type ConnectorConfig = Readonly<Record<string, string>>

export interface Connector {
  readonly name: string
  readonly config: ConnectorConfig
}

/** Every connector of this folder by name, with its placeholders unfilled. */
export function connectors(folder: URL = new URL('.', import.meta.url)): readonly Connector[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'package.json')
    .sort()
    .map((file) => ({ name: file.slice(0, -'.json'.length), config: parse(file, readFileSync(new URL(file, folder), 'utf8')) }))
}

function parse(file: string, text: string): ConnectorConfig {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`reading connector config '${file}': not a JSON object`)
  const odd = Object.entries(parsed).find(([, value]) => typeof value !== 'string')
  if (odd !== undefined) throw new Error(`reading connector config '${file}': '${odd[0]}' is not a string; Connect takes strings only, quote it`)
  return parsed as ConnectorConfig
}

/** What a connector takes out of its database, read off its configuration. */
export interface Capture {
  readonly database: string
  /** Tables whose rows become change envelopes, each with the column that is its Kafka key. */
  readonly tables: readonly { readonly table: string; readonly key: string; readonly topic: string }[]
  /** The table whose rows are domain events. */
  readonly outbox: string
  readonly signal: string
  readonly heartbeat: string
}

/** Reads the tables, keys and topics off a configuration; throws on one that lacks them. */
export function captureOf({ name, config }: Connector): Capture {
  const need = (field: string): string => {
    const value = config[field]
    if (value === undefined) throw new Error(`reading connector config '${name}.json': '${field}' is missing`)
    return value
  }
  const database = need('database.include.list')
  const bare = (table: string): string => {
    if (!table.startsWith(`${database}.`)) throw new Error(`reading connector config '${name}.json': table '${table}' is not in database '${database}'`)
    return table.slice(database.length + 1)
  }
  const keys = new Map(need('message.key.columns').split(';').map((entry): [string, string] => {
    const [table = '', column = ''] = entry.split(':')
    return [bare(table), column]
  }))
  const outbox = 'outbox'
  const included = need('table.include.list').split(',').map(bare)
  if (!included.includes(outbox)) throw new Error(`reading connector config '${name}.json': table '${outbox}' is not in 'table.include.list'`)
  const tables = included.filter((table) => table !== outbox).map((table) => {
    const key = keys.get(table)
    if (key === undefined) throw new Error(`reading connector config '${name}.json': table '${table}' has no column in 'message.key.columns'`)
    return { table, key, topic: `${need('topic.prefix')}.${table}` }
  })
  const heartbeat = /^INSERT INTO (\S+)/.exec(need('heartbeat.action.query'))?.[1]
  if (heartbeat === undefined) throw new Error(`reading connector config '${name}.json': 'heartbeat.action.query' does not begin with 'INSERT INTO <table>'`)
  return { database, tables, outbox, signal: bare(need('signal.data.collection')), heartbeat: bare(heartbeat) }
}
