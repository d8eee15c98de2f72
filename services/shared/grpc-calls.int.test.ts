/** Calls and streams, between a real server and real clients. */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js'
import type { WatchResponse } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { Refused, Unavailable } from './errors.ts'
import { accounts, bareClient, closeAll, connect, serve, soon, watching, withToken } from './grpc-testing.ts'
import { program } from './testing.ts'

afterEach(closeAll)

/** A call as any program could make it, without what our client sees to. */
function bare(server: { readonly port: number }, metadata: Metadata, options: object = {}): Promise<unknown> {
  const method = accounts.definition['GetAccount']
  if (method === undefined) throw new Error('the contract has no GetAccount')
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  bareClient(server).makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, { account_id: 'a' }, metadata, options, (error, value) => { if (error === null) resolve(value); else reject(error) })
  return promise
}
const refusalOf = async (call: Promise<unknown>): Promise<readonly [number, unknown]> => {
  const error = await call.then(() => { throw new Error('it was answered') }, (caught: unknown) => caught as ServiceError)
  return [error.code, error.metadata.get('cdlc-code')[0]]
}

describe('a call', () => {
  test('is answered for a program that says who it is', async () => {
    const identities: unknown[] = []
    const server = await serve({ get: async ({ account_id }, { identity }) => { identities.push(identity); return { account: { account_id } } } })
    expect(await connect(server).get()).toMatchObject({ account: { account_id: 'a' } })
    expect(identities).toEqual([program])
  })

  test.each([
    ['without a token', new Metadata(), status.UNAUTHENTICATED, 'unauthenticated'],
    ['with a token that nobody has', withToken('stranger'), status.UNAUTHENTICATED, 'unauthenticated'],
    ['with a token of another role', withToken('somebody'), status.PERMISSION_DENIED, 'forbidden'],
  ])('%s is refused', async (_name, metadata, code, cdlc) => {
    const server = await serve()
    expect(await refusalOf(bare(server, metadata, soon()))).toEqual([code, cdlc])
  })

  test('without a deadline is refused', async () => {
    const server = await serve()
    expect(await refusalOf(bare(server, withToken('program')))).toEqual([status.INVALID_ARGUMENT, 'invalid_request'])
  })

  test('whose deadline passes is told to stop', async () => {
    const stopped = Promise.withResolvers<boolean>()
    const server = await serve({ get: (_request, { signal }) => new Promise(() => { signal.addEventListener('abort', () => { stopped.resolve(signal.aborted) }) }) })
    await expect(connect(server, 'program', 200).get()).rejects.toBeInstanceOf(Unavailable)
    expect(await stopped.promise).toBe(true)
  })

  test('that its caller leaves is told to stop', async () => {
    const [begun, stopped] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const server = await serve({ get: (_request, { signal }) => new Promise(() => { signal.addEventListener('abort', () => { stopped.resolve(undefined) }); begun.resolve(undefined) }) })
    const leaving = new AbortController()
    const made = connect(server).ask('getAccount', { account_id: 'a' }, { signal: leaving.signal })
    await begun.promise
    leaving.abort()
    await expect(made).rejects.toMatchObject({ code: 'store_unavailable' })
    await stopped.promise
  })
})

describe('an error', () => {
  test('of a rule comes back under its own code', async () => {
    const server = await serve({ get: async () => { throw new Refused({ code: 'account_not_found', message: 'no account has this id' }) } })
    const made = connect(server).get()
    await expect(made).rejects.toBeInstanceOf(Refused)
    await expect(made).rejects.toMatchObject({ code: 'account_not_found', message: 'no account has this id' })
    expect(server.logged).toEqual([])
  })

  test('of a store that is away is Unavailable here too, and an overload stays one', async () => {
    const server = await serve({ get: async ({ account_id }) => { throw new Unavailable('x', { code: account_id === 'busy' ? 'overloaded' : 'store_unavailable' }) } })
    const { ask } = connect(server)
    for (const [account_id, code] of [['a', 'store_unavailable'], ['busy', 'overloaded']] as const) {
      const made = ask('getAccount', { account_id })
      await expect(made).rejects.toBeInstanceOf(Unavailable)
      await expect(made).rejects.toMatchObject({ code })
    }
  })

  test('that nobody foresaw is logged there, and tells nothing here', async () => {
    const server = await serve({ get: async () => { throw new Error("table 'secrets' is missing") } })
    const error = await connect(server).get().catch((caught: unknown) => caught as Error)
    expect([error instanceof Refused, String(error)]).toEqual([false, expect.not.stringContaining('secrets')])
    expect(server.logged).toEqual([expect.objectContaining({ message: "table 'secrets' is missing" })])
  })

  test('about the program itself is a fault of ours, not of whoever it asks for', async () => {
    const server = await serve()
    for (const token of ['stranger', 'somebody']) {
      const error = await connect(server, token).get().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(Refused)
    }
  })
})

describe('a stream', () => {
  test('gives its answers in order, and ends', async () => {
    const server = await serve({ async *watch() { for (const resume of ['1', '2', '3']) yield { resume } } })
    const heard: string[] = []
    for await (const { resume } of watching(server).follow<object, WatchResponse>('watch', {}, new AbortController().signal)) heard.push(resume ?? '')
    expect(heard).toEqual(['1', '2', '3'])
  })

  test('ends on the server when its reader leaves', async () => {
    const left = Promise.withResolvers<string>()
    const server = await serve({ async *watch(_request, { signal }) {
      try {
        yield { resume: '1' }
        await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }) })
      } finally {
        left.resolve('left')
      }
    } })
    for await (const _ of watching(server).follow('watch', {}, new AbortController().signal)) break
    expect(await left.promise).toBe('left')
  })

  test('ends here when the reader says so, without an error', async () => {
    const server = await serve({ async *watch(_request, { signal }) { yield { resume: '1' }; await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }) }) } })
    const leaving = new AbortController()
    let heard = 0
    for await (const _ of watching(server).follow('watch', {}, leaving.signal)) { heard++; leaving.abort() }
    expect(heard).toBe(1)
  })

  test('that breaks throws what it broke with', async () => {
    const server = await serve({ async *watch() { yield { resume: '1' }; throw new Refused({ code: 'overloaded', message: 'too many watch' }) } })
    const read = async (): Promise<void> => { for await (const _ of watching(server).follow('watch', {}, new AbortController().signal)) { /* on */ } }
    await expect(read()).rejects.toMatchObject({ code: 'overloaded' })
  })

  test('is not made faster than it is read', async () => {
    let made = 0
    const text = 'x'.repeat(65_536)
    const server = await serve({ async *watch(_request, { signal }) { while (!signal.aborted) { made++; yield { resume: text } } } })
    const leaving = new AbortController()
    const answers = watching(server).follow('watch', {}, leaving.signal)[Symbol.asyncIterator]()
    await answers.next()
    // nobody reads on; calls that go and come over the same server let time pass that is not measured
    for (let settled = -1; settled !== made;) { settled = made; for (let i = 0; i < 20; i++) await connect(server).get() }
    expect(made).toBeLessThan(500)
    leaving.abort()
    await answers.return?.(undefined)
  })
})
