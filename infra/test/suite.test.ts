import { expect, it } from 'vitest'
import { noProgress } from '../local/progress.ts'
import { selectable, suite, testEnvironment } from './suite.ts'

const names = (...chosen: Parameters<typeof suite>[0]): readonly string[] => suite(chosen, testEnvironment({}), noProgress).map(({ name }) => name)

it('brings a stack up before the tests that need one, and takes it down after them', () => {
  expect(names(...selectable)).toEqual(['lint', 'types', 'schemas', 'unit', 'stack', 'integration', 'e2e', 'stack down'])
  expect(names('e2e')).toEqual(['stack', 'e2e', 'stack down'])
})

it('brings none up where none is needed', () => {
  expect(names('unit', 'lint')).toEqual(['lint', 'unit'])
})

it('never points the tests at what npm start runs, however the developer has set things', () => {
  const env = testEnvironment({ PATH: '/bin', CDLC_PORT_OFFSET: '0', CDLC_STACK: 'dev', CDLC_KAFKA_BROKERS: 'production:9092', CDLC_MYSQL_HOST: 'production', CDLC_CACHE: '/cache' })
  expect(env).toEqual({ PATH: '/bin', CDLC_CACHE: '/cache', CDLC_STACK: 'test', CDLC_PORT_OFFSET: '20000' })
})
