/** Watches the connectors of a Kafka Connect that may come and go, until SIGTERM. */
import { setTimeout as delay } from 'node:timers/promises'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { connectAt } from './rest.ts'
import { createWatch } from './watch.ts'

const every_ms = 2_000

const log = (level: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`)
}
const ended = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort())

const { url } = endpointsFrom(process.env).connect
const watch = createWatch(connectAt(url, { timeout_ms: 10_000 }), Date.now)
for (let away = false; !ended.signal.aborted;) {
  try {
    for (const restarted of await watch.look()) log('warn', 'restarted what had failed', { ...restarted })
    if (away) log('info', 'Kafka Connect answers again', { url })
    away = false
  } catch (cause) {
    // told once: it is not for this process to bring Kafka Connect back
    if (!away) log('warn', 'Kafka Connect does not answer', { url, error: cause instanceof Error ? cause.message : String(cause) })
    away = true
  }
  await delay(every_ms, undefined, { signal: ended.signal }).catch(() => {})
}
