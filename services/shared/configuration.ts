/**
 * The configuration as configurations-server has it, followed while the process runs: a change is applied when it is made, without a restart.
 * While the server is away the last values hold; at a start the ones that a file remembers, and where there are none, the code's own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ConfigurationServiceClient } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/ConfigurationService.ts'
import type { WatchRequest } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchRequest.ts'
import type { WatchResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import { Ajv } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { createValues, type Remembered } from './configuration-values.ts'
import { openRpc } from './grpc-client.ts'
import { contract } from './grpc-contract.ts'

/** `unknown`: nobody has said anything yet; `remembered`: out of the file; `current`; `stale`: current once, the server is away. */
export type ConfigurationState = 'unknown' | 'remembered' | 'current' | 'stale'

export interface SettingSpec<S extends TSchema> {
  readonly namespace: string
  readonly name: string
  /** What this code can work with. A value that it does not allow is passed over, and the one before holds. */
  readonly schema: S
  /** Holds where there is no such entry. */
  readonly fallback: Static<S>
}

export interface Configuration {
  state(): ConfigurationState
  /** Resolves once there is something to go by: of the server or of the file. */
  known(): Promise<void>
  /** JSON text of an entry; undefined where there is none. */
  text(namespace: string, name: string): string | undefined
  /** A function that answers what a setting is now. */
  setting<S extends TSchema>(spec: SettingSpec<S>): () => Static<S>
  /** Calls back with the entries that changed (`<namespace>/<name>`), and with none where only the state did; answers how to end that. */
  onChange(listener: (keys: readonly string[]) => void): () => void
  close(): Promise<void>
}

export interface ConfigurationOptions {
  readonly namespaces: readonly string[]
  /** `host:port` of configurations-server's gRPC. */
  readonly address: string
  readonly token: () => Promise<string>
  readonly log: Log
  /** Left out: nothing is remembered. */
  readonly memory?: Memory
  /** How long the server may be silent, heartbeats included, before it counts as away; left out: 15 s. */
  readonly silence_ms?: number
}

/** Keeps values for a start at which the server is away. */
export interface Memory {
  load(): Promise<Remembered | undefined>
  save(remembered: Remembered): Promise<void>
}

const firstPause_ms = 100
const longestPause_ms = 5_000
const closeWithin_ms = 1_000
const ajv = new Ajv({ strict: false, allErrors: false })

/** Begins to follow at once. */
export function openConfiguration({ namespaces, address, token, log, memory, silence_ms = 15_000 }: ConfigurationOptions): Configuration {
  const service = contract<ConfigurationServiceClient>('cdlc/platform/v1/configuration.proto', 'cdlc.platform.v1.ConfigurationService')
  const rpc = openRpc(service, { name: 'configurations-server', address, token })
  const values = createValues()
  const listeners = new Set<(keys: readonly string[]) => void>()
  const known = Promise.withResolvers<void>()
  const closing = new AbortController()
  let state: ConfigurationState = 'unknown'
  let saved: Promise<unknown> = Promise.resolve()

  const tell = (keys: readonly string[]): void => { for (const listener of listeners) listener(keys) }
  function become(next: ConfigurationState): void {
    if (next === state) return
    log(next === 'stale' ? 'warn' : 'info', 'configuration', { state: next, before: state })
    state = next
    if (next !== 'unknown') known.resolve()
    tell([])
  }

  async function recall(): Promise<void> {
    const remembered = await memory?.load().catch((cause: unknown) => { log('warn', 'recalling the configuration', { cause }); return undefined })
    if (remembered === undefined) return
    tell(values.restore(remembered, namespaces))
    become('remembered')
  }
  function take({ event, entries, resume }: WatchResponse__Output): void {
    const changed = event === 'entries' && entries !== undefined && entries !== null ? values.take(entries, resume) : values.at(resume)
    if (resume === '') return // more pages follow
    if (changed.length > 0) tell(changed)
    if (changed.length > 0 || state !== 'current') {
      const remembered = values.all()
      saved = saved.then(() => memory?.save(remembered)).catch((cause: unknown) => { log('warn', 'remembering the configuration', { cause }) })
    }
    become('current')
  }

  async function followOnce(): Promise<void> {
    const silent = new AbortController()
    const quiet = setTimeout(() => { silent.abort() }, silence_ms).unref()
    try {
      const answers = rpc.follow<WatchRequest, WatchResponse__Output>('watch', { namespaces: [...namespaces], resume: values.resume() }, AbortSignal.any([closing.signal, silent.signal]))
      for await (const answer of answers) {
        quiet.refresh()
        take(answer)
      }
    } finally {
      clearTimeout(quiet)
    }
  }
  async function follow(): Promise<void> {
    await recall()
    let pause_ms = firstPause_ms
    for (let told = false; !closing.signal.aborted;) {
      try {
        await followOnce()
      } catch (cause) {
        // once for each time that it is away, not for each try
        if (!told || state === 'current') log('warn', 'following the configuration: will try again', { cause })
        told = true
      }
      if (closing.signal.aborted) return
      if (state === 'current') {
        pause_ms = firstPause_ms
        become('stale')
      }
      await delay(pause_ms * (0.5 + Math.random() / 2), undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
      pause_ms = Math.min(longestPause_ms, pause_ms * 2)
    }
  }
  const following = follow()

  return {
    state: () => state,
    known: () => known.promise,
    text: values.text,
    setting<S extends TSchema>({ namespace, name, schema, fallback }: SettingSpec<S>) {
      const validate = ajv.compile(schema)
      let [seen, good]: [string | undefined, Static<S>] = [undefined, fallback]
      return () => {
        const text = values.text(namespace, name)
        if (text === seen) return good
        seen = text
        const value: unknown = text === undefined ? fallback : JSON.parse(text)
        if (validate(value)) good = value as Static<S>
        else log('error', 'a setting is not one that this code can work with: the one before holds', { namespace, name })
        return good
      }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    async close() {
      closing.abort()
      known.resolve()
      // a token that is being fetched may take longer than anybody waits
      await Promise.race([following, delay(closeWithin_ms, undefined, { ref: false })])
      await saved
      rpc.close()
    },
  }
}
