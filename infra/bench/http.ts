/** A small keep-alive HTTP client: benches must not spend their time in fetch. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}
export interface Client {
  send(method: string, url: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  close(): void
}

/** Answers of 400 and above are thrown, with what the service said. */
/** `token` says who asks, where it is given; it may be asked for at every request. */
export function createClient(sockets = 64, token?: () => Promise<string>): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
  return {
    close: () => agent.destroy(),
    send: async (method, url, body, headers = {}) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${await token()}` }
      return await new Promise<Answer>((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const sent = request(url, {
          method, agent, timeout: 30_000,
          headers: { ...authorization, ...headers, ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }) },
        }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const received = Buffer.concat(chunks).toString('utf8')
            const status = response.statusCode ?? 0
            if (status >= 400) reject(new HttpError(status, `${method} ${url}: ${status} ${received.slice(0, 500)}`))
            else resolve({ status, headers: response.headers, body: received === '' ? undefined : JSON.parse(received) })
          })
        })
        sent.on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer in 30 s`)))
        sent.on('error', reject)
        sent.end(text)
      })
    },
  }
}

/** An answer of 400 and above. */
export class HttpError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const SHOWN_WITHIN_MS = 60_000

/** Asks until a view shows what was made a moment ago: it follows MySQL, and after a start it follows slowly. */
export async function untilShown(client: Client, url: string): Promise<void> {
  const deadline = performance.now() + SHOWN_WITHIN_MS
  for (;;) {
    try {
      await client.send('GET', url)
      return
    } catch (cause) {
      const passing = cause instanceof HttpError && (cause.status === 404 || cause.status === 503)
      if (!passing || performance.now() > deadline) throw cause
    }
    await delay(20)
  }
}
