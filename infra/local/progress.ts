/** Shows what is going on: one moving line on a terminal, plain lines elsewhere. */
import type { Observer } from './tasks.ts'

export interface Steps extends Observer {
  readonly started: (name: string) => void
  readonly done: (name: string, ms: number) => void
  readonly end: () => void
}

export interface Progress {
  readonly say: (line: string) => void
  /** Begins a phase of named steps that run side by side. */
  readonly phase: (title: string, names: readonly string[]) => Steps
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Progress to a stream, by default the terminal's error output: standard output stays for results. */
export function progressTo(stream: NodeJS.WriteStream = process.stderr): Progress {
  const say = (line: string): void => {
    stream.write(`${line}\n`)
  }
  return {
    say,
    phase: (title, names) => (names.length === 0 ? silent : stream.isTTY === true ? bar(title, names, stream) : lines(title, names, say)),
  }
}

const nothing = (): void => undefined
const silent: Steps = { started: nothing, done: nothing, end: nothing }

/** Shows nothing: for tests and for commands that print JSON. */
export const noProgress: Progress = { say: nothing, phase: () => silent }

function lines(title: string, names: readonly string[], say: (line: string) => void): Steps {
  let finished = 0
  return {
    started: (name) => say(`${title} ${name}`),
    done: (name, ms) => say(`${title} ${name}: done in ${seconds(ms)} (${++finished} of ${names.length})`),
    end: nothing,
  }
}

function bar(title: string, names: readonly string[], stream: NodeJS.WriteStream): Steps {
  const from = performance.now()
  const busy = new Set<string>()
  let finished = 0
  const draw = (): void => {
    const cells = Math.round((finished / names.length) * 20)
    const took = seconds(performance.now() - from)
    const text = `${title} [${'='.repeat(cells).padEnd(20)}] ${finished}/${names.length}  ${took}  ${[...busy].join(', ')}`
    stream.write(`\r\u001b[2K${text.slice(0, stream.columns - 1)}`)
  }
  const timer = setInterval(draw, 200)
  timer.unref()
  return {
    started: (name) => {
      busy.add(name)
    },
    done: (name) => {
      busy.delete(name)
      finished++
      draw()
    },
    end: () => {
      clearInterval(timer)
      draw()
      stream.write('\n')
    },
  }
}
