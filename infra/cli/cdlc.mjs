#!/usr/bin/env node
// Entrance of `npm start`, `npm stop`, `npm test` and `npx cdlc`: needs nothing but Node 20, fetches the rest, then hands over to main.ts.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { missingPackages, nodeProblem, runsTypeScript } from './bootstrap.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const main = join(root, 'infra', 'cli', 'main.ts')

function lockFile(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause.code === 'ENOENT') return null
    throw new Error(`reading '${path}': ${cause.message}`, { cause })
  }
}

/** Runs a command on this terminal, passes signals on to it and returns its exit code. */
function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env, cwd: env === process.env ? undefined : root })
    const forward = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward)
      resolve(signal === null ? code : 1)
    })
  })
}

async function installPackages(missing) {
  const from = Date.now()
  const line = () => `installing ${missing} npm packages from package-lock.json (${Math.round((Date.now() - from) / 1000)} s)`
  const timer = process.stderr.isTTY ? setInterval(() => process.stderr.write(`\r${line()}`), 1000) : null
  console.error(line())
  // npm runs under the Node that runs this script: node_modules/.bin, first on the path inside `npm start`, is about to be replaced.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  // not `npm ci`: it refuses a lock file without packages for other systems, optional ones that not every registry mirror carries
  const code = await run(npm[0], [...npm.slice(1), 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    ...process.env,
  })
  if (timer !== null) {
    clearInterval(timer)
    process.stderr.write('\n')
  }
  if (code !== 0)
    throw new Error(
      `installing npm packages: 'npm install' ended with ${code}: check the network and npm's registry and proxy settings, `
        + 'then run the same command again',
    )
}

try {
  const problem = nodeProblem(process.versions.node)
  if (problem !== null) throw new Error(problem)
  const missing = missingPackages(lockFile(join(root, 'package-lock.json')), lockFile(join(root, 'node_modules', '.package-lock.json')))
  if (missing.length > 0) await installPackages(missing.length)
  if (runsTypeScript(process.versions.node)) {
    process.argv[1] = main
    await import('../local/stripped.mjs')
    await import(pathToFileURL(main).href)
  } else {
    process.exitCode = await run(join(root, 'node_modules', '.bin', 'node'), ['--import', join(root, 'infra', 'local', 'stripped.mjs'), main, ...process.argv.slice(2)], process.env)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
