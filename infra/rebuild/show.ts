/** Shows a rebuild to people: one moving line on a terminal, a line now and then elsewhere. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import { line, span } from './progress.ts'
import type { Step } from './rebuild.ts'

export interface Shown {
  readonly step: (step: Step) => void
  /** Leaves the moving line. */
  readonly end: () => void
}

const SAY_EVERY_MS = 5_000

/** What a step says; `moving` where the next one takes its place. */
export function wordsOf({ name }: Pick<View, 'name'>, step: Step): { readonly text: string; readonly moving: boolean } {
  const still = (text: string) => ({ text, moving: false })
  switch (step.step) {
    case 'begun': return still(`${name}: build ${step.build} fills beside build ${step.live}, which readers go on reading; Ctrl-C leaves it filling, run again to continue`)
    case 'continued': return still(`${name}: build ${step.build} is being filled beside build ${step.live}; continuing`)
    case 'filling': return { text: line(step.progress), moving: true }
    case 'filled': return still(`✓ caught up: ${step.records.toLocaleString('en-US')} records in ${span(step.seconds)}`)
    case 'verifying': return { text: `verifying: ${step.rows.toLocaleString('en-US')} rows, ${step.suspects.toLocaleString('en-US')} to look at again`, moving: true }
    case 'verified': {
      const { rows, against, looked_at_again, restless } = step.verdict
      const moved = looked_at_again === 0 ? '' : `, ${looked_at_again.toLocaleString('en-US')} of them on the move when they were first read`
      const never = restless === 0 ? '' : `; ${restless.toLocaleString('en-US')} never stood still, and were seen equal at some moment`
      return still(`✓ ${rows.toLocaleString('en-US')} rows are as ${against === 'old' ? 'in the old build' : 'MySQL says'}${moved}${never}`)
    }
    case 'switched': return still(`✓ build ${step.live} is live; build ${step.previous} is kept`)
    case 'rolled back': return still(`✓ build ${step.live} is live again; build ${step.previous} is kept`)
    case 'followed': return still(`  ${step.follower.component} on ${step.follower.host} reads it${step.left === 0 ? '' : `; ${step.left} to go`}`)
    case 'grace': return still(`✓ no process reads build ${step.previous} any more; it is kept until ${new Date(step.retire_at).toISOString()}`)
  }
}

/** Writes to a terminal's error output, usually: standard output stays for results. */
export function showSteps(view: Pick<View, 'name'>, stream: NodeJS.WriteStream): Shown {
  let moving = false
  let said = 0
  const end = (): void => {
    if (moving) stream.write('\n')
    moving = false
  }
  return {
    end,
    step(step) {
      const words = wordsOf(view, step)
      if (stream.isTTY) {
        stream.write(`${moving ? '\r\u001B[2K' : ''}${words.text}${words.moving ? '' : '\n'}`)
        moving = words.moving
      } else if (!words.moving || performance.now() - said > SAY_EVERY_MS) {
        stream.write(`${words.text}\n`)
        said = performance.now()
      }
    },
  }
}
