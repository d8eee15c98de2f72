/** What a campaign came to: plain data for programs, and Markdown for people. */
import { quantiles } from '../bench/statistics.ts'
import type { Campaign, Kill, Verdict } from './state.ts'

export interface TargetLine {
  readonly target: string
  readonly kills: number
  /** Of these, deaths while it was starting again, and deaths beside another. */
  readonly recovering: number
  readonly together: number
  /** From SIGKILL to the next answer, in ms. */
  readonly back_ms: { readonly median: number; readonly p95: number; readonly max: number }
  /** Median of starts after a stop in order, in ms; null if there was none. */
  readonly restart_ms: number | null
  readonly restarts: number
  /** Median of `back_ms` over that of plain starts. */
  readonly ratio: number | null
  /** Median of the longest time without an acknowledged write around a death of it, in ms. */
  readonly silence_ms: number
}

export interface Report {
  readonly verdict: Verdict
  readonly problem: string | null
  readonly evidence: string | null
  readonly seed: number
  readonly machine: string
  readonly kills: number
  readonly wanted: number
  readonly sessions: number
  readonly minutes: number
  readonly rate: number
  readonly targets: readonly TargetLine[]
  readonly rounds: number
  readonly rows_compared: number
  readonly acknowledged: number
  readonly refused: number
  readonly cut_off: number
  readonly reads: number
  readonly records: number
  readonly repeats: number
  readonly lost: number
  readonly duplicates: number
  readonly other: number
  readonly dead_letters: number
}

const median = (values: readonly number[]): number => quantiles(values).p50

function lineOf(target: string, kills: readonly Kill[], { restarts }: Campaign): TargetLine {
  const { p50, p95, max } = quantiles(kills.flatMap(({ back_ms }) => back_ms ?? []))
  const plain = restarts.filter((restart) => restart.target === target).map(({ back_ms }) => back_ms)
  const restart_ms = plain.length === 0 ? null : median(plain)
  return {
    target, kills: kills.length,
    recovering: kills.filter(({ how }) => how === 'recovering').length, together: kills.filter(({ how }) => how === 'together').length,
    back_ms: { median: p50, p95, max }, restart_ms, restarts: plain.length, ratio: restart_ms === null ? null : p50 / restart_ms,
    silence_ms: median(kills.map(({ silence_ms }) => silence_ms)),
  }
}

export function reportOf(campaign: Campaign): Report {
  const { seed, machine, kills, wanted, sessions, took_ms, rate, targets, rounds, writes, dead_letters, verdict } = campaign
  const last = rounds.at(-1)
  const differing = (what: string): number => (campaign.differences ?? []).filter((difference) => difference.what === what).length
  return {
    verdict, problem: campaign.problem ?? null, evidence: campaign.evidence ?? null, seed, machine, kills: kills.length, wanted,
    sessions: sessions.length, minutes: Math.round(took_ms / 60_000), rate,
    targets: targets.map((target) => lineOf(target, kills.filter((kill) => kill.target === target), campaign)),
    rounds: rounds.length, rows_compared: rounds.reduce((sum, round) => sum + round.rows, 0),
    ...writes, records: last?.records ?? 0, repeats: last?.repeats ?? 0,
    lost: differing('lost'), duplicates: differing('unknown'), other: differing('other'), dead_letters: dead_letters.now - dead_letters.before,
  }
}

const whole = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 })
const seconds = (ms: number): string => (ms / 1_000).toFixed(1)

/** The report as Markdown. */
export function markdownOf(report: Report): string {
  const rows = report.targets.map((line) => [
    line.target, whole(line.kills), whole(line.recovering), whole(line.together), seconds(line.back_ms.median), seconds(line.back_ms.p95), seconds(line.back_ms.max),
    line.restart_ms === null ? '-' : `${seconds(line.restart_ms)} (${line.restarts})`, line.ratio === null ? '-' : line.ratio.toFixed(1), seconds(line.silence_ms),
  ])
  return [
    `${whole(report.kills)} of ${whole(report.wanted)} kills, seed ${report.seed}, ${whole(report.minutes)} minutes in ${report.sessions} sessions: **${report.verdict}**.`,
    ...(report.problem === null ? [] : [`\nProblem: ${report.problem}. Evidence: \`${report.evidence ?? '-'}\`.`]),
    '',
    '| killed | kills | while recovering | with another | back: median s | p95 | max | plain start: median s (n) | ratio | no write acknowledged: median s |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '| | |',
    '|---|---|',
    `| rounds verified | ${whole(report.rounds)} |`,
    `| rows compared | ${whole(report.rows_compared)} |`,
    `| writes acknowledged, at ${report.rate}/s | ${whole(report.acknowledged)} |`,
    `| writes refused while something was down | ${whole(report.refused)} |`,
    `| writes cut off before their answer | ${whole(report.cut_off)} |`,
    `| reads that showed the write they came after | ${whole(report.reads)} |`,
    `| records in the topics; told again by Connect | ${whole(report.records)}; ${whole(report.repeats)} |`,
    `| lost | ${whole(report.lost)} |`,
    `| duplicates | ${whole(report.duplicates)} |`,
    `| otherwise different | ${whole(report.other)} |`,
    `| dead letters | ${whole(report.dead_letters)} |`,
    '',
    report.machine,
    '',
  ].join('\n')
}
