/** TypeScript types of schema.graphql and of its resolvers, for schemas/generate.ts. */
import { readFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as resolvers from '@graphql-codegen/typescript-resolvers'
import { parse } from 'graphql'

const models = ['Member', 'Review', 'Comment', 'List', 'ListEntry', 'Viewing', 'Activity', 'Notification', 'Title', 'Credit', 'Person', 'FeedItem', 'Node']
const paged = ['Review', 'Comment', 'List', 'ListEntry', 'Viewing', 'Activity', 'Notification']
const from = '../graphql/models.ts'

const mappers: Readonly<Record<string, string>> = {
  ...Object.fromEntries(models.map((name) => [name, `${from}#${name}Model`])),
  ...Object.fromEntries(paged.flatMap((name) => [[`${name}Connection`, `Page<${name}Model>`], [`${name}Edge`, `Edge<${name}Model>`]])),
  TitleStats: `${from}#StatsModel`,
  SearchResult: `${from}#SearchModel`,
  MemberConnection: `${from}#MemberPage`,
  MemberEdge: `${from}#MemberEdgeModel`,
  FeedConnection: 'Page<FeedItemModel>',
  FeedEdge: 'Edge<FeedItemModel>',
}

/** The generated module's text. */
export async function generateGraphql(): Promise<string> {
  const config = {
    useTypeImports: true, enumsAsTypes: true, immutableTypes: true, skipTypename: true, maybeValue: 'T | null', inputMaybeValue: 'T | null | undefined',
    scalars: { DateTime: { input: 'string', output: 'string' }, Date: { input: 'string', output: 'string' }, ID: { input: 'string', output: 'string' } },
    mappers, makeResolverTypeCallable: false, internalResolversPrefix: '',
  }
  const text = await codegen({
    filename: 'graphql.ts',
    schema: parse(readFileSync(`${import.meta.dirname}/schema.graphql`, 'utf8')),
    documents: [],
    config,
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
  })
  return `/** Generated from schemas/graphql by schemas/generate.ts; change those and run it again. */\nimport type { Edge, Page } from '${from}'\n${text}`
}
