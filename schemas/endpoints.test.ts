import { expect, test } from 'vitest'
import { endpointsFrom, ports } from './endpoints.ts'

test('every port moves with the offset, and each address has a variable of its own', () => {
  const endpoints = endpointsFrom({ CDLC_PORT_OFFSET: '100', CDLC_KAFKA_BROKERS: 'a:1, b:2' })
  expect(endpoints.port('gateway')).toBe(ports.gateway + 100)
  expect(endpoints.gateway.url).toBe(`http://localhost:${ports.gateway + 100}`)
  expect(endpoints.kafka.brokers).toEqual(['a:1', 'b:2'])
})

test('an offset that is none is named', () => {
  for (const offset of ['x', '-1', '1.5', '50001']) expect(() => endpointsFrom({ CDLC_PORT_OFFSET: offset })).toThrow(`reading CDLC_PORT_OFFSET: '${offset}'`)
})

test('passwords that everybody knows are for a machine of one\'s own: production names which it lacks', () => {
  const passwords = { CDLC_MYSQL_PASSWORD: 'a', CDLC_NEO4J_PASSWORD: 'b', CDLC_CLICKHOUSE_PASSWORD: 'c' }
  expect(endpointsFrom({ NODE_ENV: 'production', ...passwords }).mysql.password).toBe('a')
  for (const name of Object.keys(passwords)) {
    expect(() => endpointsFrom({ NODE_ENV: 'production', ...passwords, [name]: undefined })).toThrow(`reading ${name}: it is not set`)
    expect(endpointsFrom({ ...passwords, [name]: undefined })).toBeDefined()
  }
})
