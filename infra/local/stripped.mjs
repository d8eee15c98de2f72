// Loads this project's TypeScript by way of a cache of what its types were stripped from: Node 22 strips them anew in each process, which takes
// 35 MB and a second of each. `node --import infra/local/stripped.mjs <file>.ts`. Plain JavaScript, since it runs before any TypeScript can.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file for each source file there is or was: its path names it, and its last line says what it was made of. */
const folder = join(process.env.CDLC_CACHE ?? join(homedir(), '.cache', 'cdlc'), 'stripped')
const digest = (...texts) => texts.reduce((hash, text) => hash.update(text), createHash('sha256')).digest('hex').slice(0, 32)

/** JavaScript of the same lines and columns. */
export function strip(path) {
  const source = readFileSync(path, 'utf8')
  const mark = `\n//# stripped ${digest(process.version, source)}\n`
  const kept = join(folder, `${digest(path)}.js`)
  try {
    const text = readFileSync(kept, 'utf8')
    if (text.endsWith(mark)) return text
  } catch {
    // not there yet
  }
  const text = stripTypes(path, source) + mark
  try {
    mkdirSync(folder, { recursive: true })
    // whole or not there at all, whoever else writes it
    writeFileSync(`${kept}.${process.pid}`, text)
    renameSync(`${kept}.${process.pid}`, kept)
  } catch {
    // a cache that cannot be written is none
  }
  return text
}

function stripTypes(path, source) {
  const { emitWarning } = process
  process.emitWarning = () => {} // that stripping is young; Node does not say so where it does the same by itself
  try {
    return nodeModule.stripTypeScriptTypes(source)
  } catch (cause) {
    throw new SyntaxError(`reading '${path}': ${cause.message}`, { cause })
  } finally {
    process.emitWarning = emitWarning
  }
}

const isOurs = (url) => url.startsWith('file:') && url.endsWith('.ts') && !url.includes('/node_modules/')

// older Nodes strip as they always do
nodeModule.registerHooks?.({
  load: (url, context, next) => (isOurs(url) ? { format: 'module', source: strip(fileURLToPath(url)), shortCircuit: true } : next(url, context)),
})
