import { describe, expect, test } from 'vitest'
import { headersProblem, targetProblem } from './paths.ts'

describe('a path is let through', () => {
  test.each(['/v1/titles', '/v1/titles/01M82P61YF99KN34EXDR5JSDHM/stats', '/v1/titles?q=%C3%A9t%C3%A9&limit=5', '/v1/titles?q=a//b/../c', '/v1/people?q=%2e%2e%2f', '/v1/ratings:import', '/v1/titles/%C3%A9', '/.well-known/openid-configuration', '/'])(
    '%s', (target) => { expect(targetProblem(target)).toBeUndefined() })
})
describe('a path that two programs may read differently is refused:', () => {
  test.each([
    '//v1/titles', '/v1//titles', '/v1/../metrics', '/v1/titles/..', '/v1/./titles', '/v1/titles/.', '/v1/%2e%2e/metrics', '/v1/.%2E/metrics', '/v1/titles%2fx', '/v1/titles/x%2F..%2Fy',
    '/v1%5ctitles', '/v1\\titles', '/v1/%74itles', '/v1/titles/%00', '/v1/titles/%0d%0aSet-Cookie:a=b', '/v1/%252e%252e/metrics', '/v1/titles/%', '/v1/titles/%zz', '/v1/titles/é', '/v1/titles#x',
    'http://evil.example/v1/titles', '*', '', '/v1/titles/%7e', '/v1/titles/a b', '/v1/titles\t',
  ])('%j', (target) => { expect(targetProblem(target)).toBeDefined() })
})
test('of a header that says who asks, for whom or how there is one', () => {
  expect(headersProblem(['Host', 'a', 'Accept', 'x', 'Accept', 'y', 'Authorization', 'Bearer a'])).toBeUndefined()
  expect(headersProblem(['Authorization', 'Bearer a', 'x', 'y', 'authorization', 'Bearer b'])).toBe('authorization')
  expect(headersProblem(['Host', 'a', 'HOST', 'b'])).toBe('host')
})
