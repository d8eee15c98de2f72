/** Quix Streams in Python: installed into the cache, run as a process of its own. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exec } from '../../local/exec.ts'
import type { Stack } from '../../local/stack.ts'
import { built } from './built.ts'
import type { Contestant } from './contestant.ts'
import { runProgram } from './program.ts'
import type { TitleRow } from './totals.ts'

const source = fileURLToPath(new URL('quix/', import.meta.url))

/** Installs it unless the cache has it; answers the folder of packages. */
export const installQuix = (cache: string): Promise<string> => built(cache, 'bench-quix', source, (folder, log) =>
  exec('python3', ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-deps', '--target', folder, '-r', join(source, 'requirements.txt')], { log }))

export const quix = (packages: string, stack: Pick<Stack, 'endpoints' | 'home'>, guarantee: 'at-least-once' | 'exactly-once'): Contestant => ({ topic, records, name }) => {
  const { kafka, registry } = stack.endpoints
  return runProgram(stack, (state) => ({
    command: 'env',
    args: [`PYTHONPATH=${packages}`, 'python3', join(source, 'title_stats.py'), kafka.brokers.join(','), registry.url, topic, name, state, guarantee, String(records)],
  }), { atEnd: async (next) => JSON.parse(await next('rows')) as readonly TitleRow[] })
}
