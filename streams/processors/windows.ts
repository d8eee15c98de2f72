/** Windows of event time: arithmetic alone. An instant is ms since the epoch; windows begin at whole multiples of `every_ms` from it. */

export interface Windows {
  readonly size_ms: number
  /** From the start of one window to the start of the next; less than the size, and windows overlap. */
  readonly every_ms: number
  /** How far stream time may pass a window's end before the window is final. */
  readonly grace_ms: number
}

/** Windows side by side: each instant is in one. */
export const tumbling = ({ size_ms, grace_ms }: Omit<Windows, 'every_ms'>): Windows => ({ size_ms, every_ms: size_ms, grace_ms })
/** Windows that overlap: each instant is in `size_ms / every_ms` of them. */
export const hopping = (windows: Windows): Windows => windows

/** Starts of the windows that an instant is in, ascending. */
export function startsOf({ size_ms, every_ms }: Windows, at: number): readonly number[] {
  const starts: number[] = []
  for (let start = Math.floor(at / every_ms) * every_ms; start + size_ms > at; start -= every_ms) starts.unshift(start)
  return starts
}

export const endOf = ({ size_ms }: Windows, starts_at: number): number => starts_at + size_ms

/** Whether the window is final: stream time has reached its end and grace. */
export const isOver = (windows: Windows, starts_at: number, stream_time: number): boolean => endOf(windows, starts_at) + windows.grace_ms <= stream_time
