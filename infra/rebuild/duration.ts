/** Lengths of time as people write them. */
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `10m`, `1.5h` in ms. Throws on anything else. */
export function durationMs(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const factor = units[unit]
  if (factor === undefined) throw new Error(`reading a length of time: '${text}' is not a number and one of ${Object.keys(units).join(', ')}, such as 10m`)
  return Math.round(Number(number) * factor)
}
