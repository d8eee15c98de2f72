/** What a phase of `npm test` came to, in numbers. */

export interface Counts { readonly passed: number; readonly failed: number }

export const none: Counts = { passed: 0, failed: 0 }
export const pass: Counts = { passed: 1, failed: 0 }
export const fail: Counts = { passed: 0, failed: 1 }
export const plus = (a: Counts, b: Counts): Counts => ({ passed: a.passed + b.passed, failed: a.failed + b.failed })

/** The last line of `npm test`. */
export const summary = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`

/** The part of vitest's JSON report that we count. */
export interface Report {
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[]
}

/** Counts a report's tests. One that was left out has not passed, and a file that failed outside of its tests is a failure too. */
export function countsOf(report: Report): Counts {
  return report.testResults.map(({ status, assertionResults }): Counts => {
    const passed = assertionResults.filter((result) => result.status === 'passed').length
    const others = assertionResults.length - passed
    return { passed, failed: status === 'passed' ? others : Math.max(1, others) }
  }).reduce(plus, none)
}
