/** Lines of JSON for machines; ERROR is loss, corruption or unavailability. */
export type Level = 'info' | 'warn' | 'error'
export type Log = (level: Level, message: string, fields: Readonly<Record<string, unknown>>) => void

/** Writes each line to standard output. Of an error under `cause` it tells message, stack and what caused it in turn. */
export const logLines: Log = (level, message, { cause, ...fields }) => {
  const error = cause instanceof Error ? { error: cause.message, stack: cause.stack, cause: cause.cause instanceof Error ? cause.cause.message : undefined } : { error: cause }
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields, ...(cause === undefined ? {} : error) })}\n`)
}

const ranks: Readonly<Record<string, number>> = { trace: 0, debug: 0, info: 0, warn: 1, error: 2, fatal: 3, silent: 3 }

/** The same from a level on, by the names that services know. */
export const logLinesFrom = (least: string): Log => (level, message, fields) => {
  if ((ranks[level] ?? 0) >= (ranks[least] ?? 0)) logLines(level, message, fields)
}
