/** The lines of a stack's logs that tell why a test may have failed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const trouble = /\b(ERROR|FATAL|panic|Exception|Error:)|"level":(50|60)\b|"level":"(error|fatal)"/

/** The last complaints of each log in a folder, under its name; says so if there are none. */
export function troubles(folder: string, count = 8): string {
  const found = readdirSync(folder).filter((file) => file.endsWith('.log')).sort().flatMap((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => trouble.test(line)).slice(-count)
    return lines.length === 0 ? [] : [`${join(folder, file)}:\n${lines.map((line) => `  ${line.slice(0, 400)}`).join('\n')}`]
  })
  return found.length === 0 ? `no errors in the logs of ${folder}` : found.join('\n')
}
