/** Calendar days, which deciders and views count from the epoch, as MySQL and the API spell them. */

const day_ms = 86_400_000

/** `1994-10-14` of a count of days. */
export const spelled = (day: number | null): string | null => (day === null ? null : new Date(day * day_ms).toISOString().slice(0, 10))
/** The count of days of `1994-10-14`. */
export const counted = (day: string | null): number | null => (day === null ? null : Date.parse(day) / day_ms)
