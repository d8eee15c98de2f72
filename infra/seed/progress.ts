/** Shows how a load goes on: a bar on a terminal, plain lines elsewhere. */
import progress, { type SingleBar } from 'cli-progress'

/** The steps of a load, in their order. */
export const steps = ['fetch', 'titles', 'people', 'credits', 'profiles', 'ratings'] as const
export const socialSteps = ['members', 'follows', 'reviews', 'likes', 'lists'] as const
export type Step = (typeof steps)[number] | (typeof socialSteps)[number]

export interface SeedProgress {
  readonly step: Step
  readonly done: number
  readonly total: number
}
export type OnProgress = (progress: SeedProgress) => void

/** Draws to the stream, by default the terminal's error output: standard output stays for results. Call `end` before writing anything else. */
export function showProgress(stream: NodeJS.WriteStream = process.stderr): { readonly onProgress: OnProgress; readonly end: () => void } {
  return stream.isTTY ? bars(stream) : lines((line) => { stream.write(`${line}\n`) })
}

function bars(stream: NodeJS.WriteStream): ReturnType<typeof showProgress> {
  let current: { readonly step: Step; readonly bar: SingleBar } | undefined
  const end = (): void => {
    current?.bar.stop()
    current = undefined
  }
  return {
    end,
    onProgress: ({ step, done, total }) => {
      if (current?.step !== step) {
        end()
        const bar = new progress.SingleBar({
          stream, hideCursor: true, etaBuffer: 100, formatBar: progress.Format.BarFormat,
          format: `${step.padEnd(8)} [{bar}] {value}/{total}  {duration_formatted}  {eta_formatted} left`,
          barCompleteChar: '=', barIncompleteChar: ' ', barsize: 30,
        })
        bar.start(total, done)
        current = { step, bar }
      }
      current.bar.update(done)
      if (done >= total) end()
    },
  }
}

/** One line as each tenth of a step is done. */
export function lines(say: (line: string) => void): ReturnType<typeof showProgress> {
  let last = ''
  return {
    end: () => undefined,
    onProgress: ({ step, done, total }) => {
      const tenth = total === 0 ? 10 : Math.floor((done / total) * 10)
      const line = `${step}: ${tenth * 10} %`
      if (line === last) return
      last = line
      say(`${line} (${done} of ${total})`)
    },
  }
}
