/** Many connections that stay open, each of which asks once a second. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { serve } from '../child.ts'

export interface Hold { readonly port: number; readonly paths: readonly string[]; readonly connections: number; readonly seconds: number; readonly headers: Readonly<Record<string, string>> }
export interface Held { readonly connected: number; readonly requests: number; readonly failed: number; readonly p50_ms: number; readonly p99_ms: number }

async function hold({ port, paths, connections, seconds, headers }: Hold): Promise<Held> {
  const until = performance.now() + seconds * 1_000
  const took: number[] = []
  let [failed, open, connected] = [0, 0, 0]
  /** One socket for all of its requests: another would be another connection. */
  async function one(number: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await delay(number / connections * 2_000)
    open++
    connected = Math.max(connected, open)
    for (let turn = 0; performance.now() < until; turn++) {
      const from = performance.now()
      const answered = await new Promise<boolean>((resolve) => {
        const sent = request({ host: '127.0.0.1', port, agent, path: paths[(number + turn) % paths.length], headers, timeout: 15_000 }, (response) => {
          response.resume()
          void once(response, 'end').then(() => resolve(response.statusCode === 200), () => resolve(false))
        })
        sent.on('timeout', () => sent.destroy()).on('error', () => resolve(false)).end()
      })
      took.push(performance.now() - from)
      if (!answered) failed++
      await delay(1_000)
    }
    open--
    agent.destroy()
  }
  await Promise.all(Array.from({ length: connections }, (_, number) => one(number)))
  took.sort((a, b) => a - b)
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? 0
  return { connected, requests: took.length, failed, p50_ms: at(0.5), p99_ms: at(0.99) }
}

serve({ hold })
