/** What operators set of a processor, by the environment: read once, when the process begins, so that what it makes of a record stays the same. */

export interface Bounds {
  /** Where it is not set. */
  readonly usual: number
  readonly least: number
  readonly most: number
}

/** A whole number out of the environment. Throws, with its name and bounds, on anything else. */
export function numberSetting(name: `CDLC_${string}`, { usual, least, most }: Bounds, env: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = env[name] ?? String(usual)
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`reading ${name}: '${text}' is not a whole number from ${least} to ${most}`)
  return value
}
