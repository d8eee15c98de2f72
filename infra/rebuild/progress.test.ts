import { expect, test } from 'vitest'
import { durationMs } from './duration.ts'
import { bar, line, progressOf, span, withSample } from './progress.ts'

const sample = (at_ms: number, records: number, behind: number) => ({ at_ms, records, behind })

test('speed is that of the records applied; the end is as far as the lag shrinks', () => {
  // 5,000 a second are applied while 1,000 a second arrive: the lag of 40,000 shrinks by 4,000 a second
  const progress = progressOf([sample(0, 100_000, 48_000), sample(2_000, 102_000, 40_000)], 77, 3)
  expect(progress).toEqual({ at_ms: 2_000, records: 102_000, behind: 40_000, applied: 62_000, share: 62_000 / 102_000, seconds_behind: 77, records_per_second: 5_000, eta_seconds: 10, workers: 3 })
})

test('a build that does not come nearer has no time of arrival, one that is there has none to go', () => {
  expect(progressOf([sample(0, 100, 50), sample(1_000, 200, 150)], 1, 1)).toMatchObject({ eta_seconds: undefined, records_per_second: 0 })
  expect(progressOf([sample(0, 0, 0)], 0, 1)).toMatchObject({ share: 1, eta_seconds: 0, records_per_second: 0 })
})

test('a store lost and filled again does not count as negative speed', () => {
  expect(progressOf([sample(0, 100, 10), sample(1_000, 100, 100)], 1, 1).records_per_second).toBe(0)
})

test('only the last while counts for speed', () => {
  let samples = withSample([], sample(0, 100_000, 100_000))
  for (let s = 1; s <= 30; s++) samples = withSample(samples, sample(s * 1_000, 100_000, 100_000 - s * 100))
  expect(samples).toHaveLength(11)
  expect(progressOf(samples, 0, 1).eta_seconds).toBe(970)
})

test.each([[0, '░░░░'], [1, '████'], [0.5, '██░░'], [0.29, '█▏░░'], [-1, '░░░░'], [7, '████']])('a share of %d is drawn %s', (share, drawn) => { expect(bar(share, 4)).toBe(drawn) })

test.each([[0.34, '0.3 s'], [9.96, '10 s'], [59.4, '59 s'], [90, '1 min 30 s'], [3_599.7, '1 h 0 min'], [7_380, '2 h 3 min']])('%d seconds are %s', (seconds, words) => { expect(span(seconds)).toBe(words) })

test('one line says it all', () => {
  expect(line(progressOf([sample(0, 1_000_000, 900_000), sample(10_000, 1_000_000, 500_000)], 4_000, 2), 10))
    .toBe('█████░░░░░ 50.0 %  500,000 of 1,000,000 records, 40,000/s  behind 500,000 records, 1 h 6 min  ready in 13 s')
  expect(line(progressOf([sample(0, 10, 10)], 4, 0), 4)).toMatch(/no worker fills it: are the workers up\?$/)
})

test.each([['500ms', 500], ['30s', 30_000], ['10m', 600_000], ['1.5h', 5_400_000], ['2d', 172_800_000]])('%s is %d ms', (text, ms) => { expect(durationMs(text)).toBe(ms) })
test.each(['10', 'm', '10 m', '-1m', '1w', ''])("'%s' is no length of time", (text) => { expect(() => durationMs(text)).toThrow('reading a length of time') })
