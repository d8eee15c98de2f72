/** Supervisor (of PyPI) keeps the stack's processes running: its configuration, its start, and its XML-RPC interface. */
import { request } from 'node:http'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { exec, lastLines } from './exec.ts'
import type { Server } from './server.ts'
import { processMark, type Stack, supervisorConf, supervisorPid } from './stack.ts'
import { answerOf, callOf, type Value } from './xml-rpc.ts'

export interface Process {
  readonly name: string
  readonly state: string
  readonly pid: number
  readonly problem: string
}

export const socketOf = (stack: Stack): string => join(stack.sockets, 'supervisor.sock')
export const logOf = (stack: Stack, name: string): string => join(stack.home, 'logs', `${name}.log`)

/** Supervisor's name for the stack's processes together. */
const group = 'stack'

/** Supervisor expands `%(name)s` everywhere, and splits commands as a shell does. */
const literal = (text: string): string => text.replaceAll('%', '%%')
const word = (text: string): string => literal(/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`)
const quoted = (text: string): string => `"${literal(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const environment = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(',')

/** Highest number of open files this machine allows a process of ours. */
const openFiles = (): number => {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === undefined || hard === 'unlimited' ? 65_536 : Math.min(65_536, Number(hard))
}

/** The configuration: one program per server, none started by itself, all restarted when they end; memmon restarts what grows too big. */
export function supervisorConfig(stack: Stack, servers: readonly Server[], python: string): string {
  const section = (title: string, lines: Readonly<Record<string, string | number | boolean>>): string =>
    `[${title}]\n${Object.entries(lines)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`
  const log = (name: string): string => literal(logOf(stack, name))
  const programs = servers.map((server) =>
    section(`program:${server.name}`, {
      command: server.command.map(word).join(' '),
      directory: literal(server.directory ?? stack.home),
      environment: environment(server.env ?? {}),
      autostart: false,
      autorestart: true,
      // one that ends within 5 s counts as failed: tried again after 1 s, 2 s, 3 s …, 20 times
      startsecs: 5,
      startretries: 20,
      stopsignal: server.stopSignal ?? 'TERM',
      stopwaitsecs: server.stop_seconds ?? 30,
      stopasgroup: true,
      killasgroup: true,
      redirect_stderr: true,
      stdout_logfile: log(server.name),
      stdout_logfile_maxbytes: '10MB',
      stdout_logfile_backups: 3,
    }),
  )
  return [
    section('supervisord', {
      logfile: log('supervisord'),
      logfile_maxbytes: '5MB',
      logfile_backups: 1,
      pidfile: literal(join(stack.home, 'supervisord.pid')),
      childlogdir: literal(join(stack.home, 'logs')),
      minfds: openFiles(),
      minprocs: 200,
      nocleanup: true,
      ...(userInfo().uid === 0 ? { user: userInfo().username } : {}),
    }),
    section('unix_http_server', { file: literal(socketOf(stack)), chmod: '0700' }),
    section('rpcinterface:supervisor', { 'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface' }),
    section('supervisorctl', { serverurl: `unix://${literal(socketOf(stack))}` }),
    ...programs,
    // one group: at its end supervisor takes a second for each
    section(`group:${group}`, { programs: servers.map(({ name }) => name).join(',') }),
    section('eventlistener:memmon', {
      command: [python, '-m', 'superlance.memmon', ...servers.flatMap(({ name, memory_mb }) => ['-p', `${name}=${memory_mb}MB`])]
        .map(word)
        .join(' '),
      events: 'TICK_60',
      autostart: true,
      autorestart: true,
      stopwaitsecs: 5,
      stdout_logfile: 'NONE',
      stderr_logfile: log('memmon'),
      stderr_logfile_maxbytes: '1MB',
      stderr_logfile_backups: 1,
    }),
  ].join('\n')
}

/** Starts supervisor in the background, detached from this terminal. */
export async function startSupervisor(stack: Stack, servers: readonly Server[], python: string, signal: AbortSignal): Promise<void> {
  for (const folder of ['conf', 'data', 'logs']) mkdirSync(join(stack.home, folder), { recursive: true })
  mkdirSync(stack.sockets, { recursive: true, mode: 0o700 })
  writeFileSync(supervisorConf(stack.home), supervisorConfig(stack, servers, python))
  // npm's own variables would leak into every server; npm_config_* can even change how they behave
  const npms = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith('npm_'))
      .map((name) => [name, undefined]),
  )
  await exec(python, ['-m', 'supervisor.supervisord', '-c', supervisorConf(stack.home)], {
    env: { ...npms, ...stack.env, [processMark]: stack.home },
    log: logOf(stack, 'supervisord-start'),
    signal,
  })
  // its parent is gone before it has written its pid and opened its socket
  const log = logOf(stack, 'supervisord')
  const deadline = Date.now() + 30_000
  while (
    supervisorPid(stack.home) === undefined
    || (await processes(stack).then(
      () => false,
      () => true,
    ))
  ) {
    if (Date.now() > deadline)
      throw new Error(
        `starting supervisor: it does not answer; its log is '${log}':\n${lastLines(log, 10)}`,
      )
    await wait(50, undefined, { signal })
  }
}

/** Calls supervisor; throws if it does not answer or refuses. */
async function call(stack: Stack, method: string, params: readonly (string | boolean)[] = []): Promise<Value> {
  const body = callOf(`supervisor.${method}`, params)
  const xml = await new Promise<string>((resolve, reject) => {
    const sent = request(
      {
        socketPath: socketOf(stack),
        path: '/RPC2',
        method: 'POST',
        headers: { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = ''
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part
          })
          .on('end', () => resolve(text))
          .on('error', reject)
      },
    )
    sent.on('error', reject).end(body)
  })
  return answerOf(xml)
}

/** State of every process that supervisor knows. */
export async function processes(stack: Stack): Promise<readonly Process[]> {
  const all = await call(stack, 'getAllProcessInfo')
  if (!Array.isArray(all)) throw new Error(`asking supervisor for its processes: it answers '${JSON.stringify(all)}'`)
  return all.map((info: Record<string, Value>) => ({
    name: String(info['name']),
    state: String(info['statename']),
    pid: Number(info['pid']),
    problem: String(info['spawnerr']),
  }))
}

export const startProcess = (stack: Stack, name: string): Promise<Value> => call(stack, 'startProcess', [`${group}:${name}`, false])
/** Resolves once the process has ended. */
export const stopProcess = (stack: Stack, name: string): Promise<Value> => call(stack, 'stopProcess', [`${group}:${name}`, true])
/** Ends supervisor itself, and what it still runs. */
export const shutdown = (stack: Stack): Promise<Value> => call(stack, 'shutdown')
