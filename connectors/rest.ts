/** Kafka Connect's REST API: the few calls we make, each with a time-out, and errors that say what was asked and what came back. */

export interface TaskStatus { readonly id: number; readonly state: string; readonly worker_id: string; readonly trace?: string }
export interface ConnectorState { readonly name: string; readonly connector: { readonly state: string; readonly worker_id: string; readonly trace?: string }; readonly tasks: readonly TaskStatus[] }
export interface Validation {
  readonly error_count: number
  /** `value` is null for some of Debezium's internal fields. */
  readonly configs: readonly { readonly value: { readonly name: string; readonly errors: readonly string[] } | null }[]
}

export interface Connect {
  /** Undefined where there is no such connector. */
  config(name: string): Promise<Readonly<Record<string, string>> | undefined>
  configure(name: string, config: Readonly<Record<string, string>>): Promise<void>
  validate(config: Readonly<Record<string, string>>): Promise<Validation>
  status(name: string): Promise<ConnectorState | undefined>
  /** Restarts the connector and its tasks; only those that failed, if so asked. */
  restart(name: string, onlyFailed: boolean): Promise<void>
  names(): Promise<readonly string[]>
}

/** An error that carries a stable code: `connect_unreachable`, `connect_refused` or `connect_not_running`. */
export const connectError = (code: string, message: string, cause?: unknown): Error => Object.assign(new Error(message, { cause }), { code })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The Connect worker at this address. `timeout_ms` bounds each request; validation asks the database, so it may take seconds. */
export function connectAt(url: string, { timeout_ms = 30_000 }: { readonly timeout_ms?: number } = {}): Connect {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const deadline = Date.now() + timeout_ms
    for (;;) {
      const response = await fetch(url + path, {
        method, signal: AbortSignal.timeout(Math.max(1, deadline - Date.now())),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }).catch((cause: unknown) => {
        const why = cause instanceof Error && cause.name === 'TimeoutError' ? `no answer within ${timeout_ms} ms` : 'no connection'
        throw connectError('connect_unreachable', `asking Kafka Connect '${method} ${url}${path}': ${why}; is it running? see 'npx cdlc status'`, cause)
      })
      const text = await response.text()
      if (response.ok) return text === '' ? undefined : JSON.parse(text)
      if (response.status === 404) return undefined
      // 409: the workers are rebalancing, which passes
      if (response.status === 409 && Date.now() + 250 < deadline) { await pause(250); continue }
      throw connectError('connect_refused', `asking Kafka Connect '${method} ${path}': ${response.status} ${messageOf(text)}`)
    }
  }
  const at = (name: string): string => `/connectors/${encodeURIComponent(name)}`
  return {
    config: async (name) => await call('GET', `${at(name)}/config`) as Readonly<Record<string, string>> | undefined,
    configure: async (name, config) => { await call('PUT', `${at(name)}/config`, config) },
    validate: async (config) => {
      const type = config['connector.class']?.split('.').at(-1) ?? ''
      const found = await call('PUT', `/connector-plugins/${encodeURIComponent(type)}/config/validate`, config)
      if (found === undefined) throw connectError('connect_refused', `validating a config: Kafka Connect has no plugin '${type}'; look at its plugin.path`)
      return found as Validation
    },
    status: async (name) => await call('GET', `${at(name)}/status`) as ConnectorState | undefined,
    restart: async (name, onlyFailed) => { await call('POST', `${at(name)}/restart?includeTasks=true&onlyFailed=${onlyFailed}`) },
    names: async () => await call('GET', '/connectors') as readonly string[],
  }
}

function messageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message)
  } catch { /* not JSON: the text itself says it */ }
  return text.slice(0, 500)
}
