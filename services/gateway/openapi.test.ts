import { describe, expect, test } from 'vitest'
import { aggregate, createDocuments, type OpenApi } from './openapi.ts'
import { lanes, table, type Upstream } from './routes.ts'

const schemaRef = (name: string) => ({ responses: { 200: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } } } })
const documentOf = (paths: OpenApi['paths'], schemas: Readonly<Record<string, unknown>> = {}): OpenApi => ({ openapi: '3.1.0', info: {}, paths, components: { schemas, securitySchemes: { oauth: { type: 'oauth2' } } } })
const join = (documents: ReadonlyMap<Upstream, OpenApi>): OpenApi => aggregate(documents, table, (row) => lanes[row.lane].upstream, { title: 'all', version: '1' })
const refIn = (document: OpenApi, path: string, method = 'get'): unknown => {
  const operation = document.paths[path]?.[method] as ReturnType<typeof schemaRef> | undefined
  return operation?.responses[200].content['application/json'].schema.$ref
}

describe('the joined document', () => {
  test('keeps schemas that are the same under one name, and gives those that differ another', () => {
    const joined = join(new Map<Upstream, OpenApi>([
      ['inventory', documentOf({ '/v1/titles': { get: schemaRef('Page') } }, { Problem: { type: 'object' }, Page: { of: 'titles' } })],
      ['actor', documentOf({ '/v1/people': { get: schemaRef('Page') } }, { Problem: { type: 'object' }, Page: { of: 'people', next: { $ref: '#/components/schemas/Page' } } })],
    ]))
    expect(joined.components?.schemas).toEqual({ Problem: { type: 'object' }, Page: { of: 'titles' }, ActorPage: { of: 'people', next: { $ref: '#/components/schemas/ActorPage' } } })
    expect([refIn(joined, '/v1/titles'), refIn(joined, '/v1/people')]).toEqual(['#/components/schemas/Page', '#/components/schemas/ActorPage'])
    expect(joined.components?.securitySchemes).toEqual({ oauth: { type: 'oauth2' } })
  })
  test('leaves out what programs alone may use, and what is answered by each service for itself', () => {
    const joined = join(new Map<Upstream, OpenApi>([['customer-services', documentOf({
      '/v1/accounts': { post: schemaRef('A') }, '/v1/ratings:import': { post: schemaRef('A') }, '/healthz': { get: schemaRef('A') }, '/v1/accounts/{account_id}': { get: schemaRef('A'), parameters: [] },
    })]]))
    expect(joined.paths).toEqual({ '/v1/accounts/{account_id}': { get: schemaRef('A'), parameters: [] } })
  })
  test('leaves out a path that the table gives to somebody else', () => {
    expect(join(new Map<Upstream, OpenApi>([['actor', documentOf({ '/v1/titles': { get: schemaRef('A') } })]])).paths).toEqual({})
  })
  test('takes both parts of a path that two upstreams share', () => {
    const joined = join(new Map<Upstream, OpenApi>([
      ['inventory', documentOf({ '/v1/titles/{title_id}/stats': { get: schemaRef('A') } })],
      ['customer-services', documentOf({ '/v1/titles/{title_id}/rating-histogram': { get: schemaRef('B') } })],
    ]))
    expect(Object.keys(joined.paths)).toEqual(['/v1/titles/{title_id}/rating-histogram', '/v1/titles/{title_id}/stats'])
  })
})

test('an upstream that does not answer, or not with a document, keeps its last one', async () => {
  const state = { now: 100_000, answer: async (): Promise<unknown> => documentOf({ '/v1/titles': { get: schemaRef('A') } }) }
  const documents = createDocuments(['inventory'], () => state.answer() as Promise<OpenApi>, join, () => state.now)
  const paths = (): readonly string[] => Object.keys(documents.current().paths)
  expect(paths()).toEqual([])
  await documents.refresh()
  expect(paths()).toEqual(['/v1/titles'])
  for (const answer of [async () => { throw new Error('away') }, async () => ({ error: 'x' })]) {
    state.answer = answer
    state.now += 30_001
    await documents.refresh()
    expect(paths()).toEqual(['/v1/titles'])
  }
  state.answer = async () => documentOf({ '/v1/genres': { get: schemaRef('A') } })
  await documents.refresh()
  expect(paths()).toEqual(['/v1/genres'])
})
