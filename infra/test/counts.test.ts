import { expect, it } from 'vitest'
import { countsOf, none, summary, type Report } from './counts.ts'

const file = (status: string, ...tests: readonly string[]): Report['testResults'][number] =>
  ({ name: 'a.test.ts', status, assertionResults: tests.map((each) => ({ status: each })) })

it('counts tests over files', () => {
  expect(countsOf({ testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')] })).toEqual({ passed: 3, failed: 1 })
})

it('takes a test that was left out for one that has not passed', () => {
  expect(countsOf({ testResults: [file('passed', 'passed', 'pending', 'todo')] })).toEqual({ passed: 1, failed: 2 })
})

it('takes a file that failed before its first test for a failure', () => {
  expect(countsOf({ testResults: [file('failed')] })).toEqual({ passed: 0, failed: 1 })
})

it('takes the tests of a file whose set-up failed for failures, and counts the file no second time', () => {
  expect(countsOf({ testResults: [file('failed', 'pending', 'pending')] })).toEqual({ passed: 0, failed: 2 })
})

it('counts nothing where there is nothing', () => {
  expect(countsOf({ testResults: [] })).toEqual(none)
})

it('sums up in one line', () => {
  expect(summary({ passed: 12, failed: 0 })).toBe('12 passed, 0 failed')
})
