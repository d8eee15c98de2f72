/** People of tests, who ask through the gateway with tokens of their own. */
import { randomUUID } from 'node:crypto'
import { signIn } from '../local/sign-in.ts'
import { stackFrom } from '../local/stack.ts'
import { demoAccounts } from '../seed/demo.ts'

export const { endpoints } = stackFrom(process.env)
/** Tells this run's people and things from others. */
export const word = randomUUID().replaceAll('-', '').slice(0, 8)

/** A profile with a card, and its holder's token. */
export interface Person { readonly token: string; readonly profile_id: string; readonly handle: string }
export interface Reply { readonly status: number; readonly body: unknown }

/** Any request to the gateway; nobody in particular where there is no person. */
export async function call(who: Pick<Person, 'token'> | undefined, method: string, path: string, body?: unknown): Promise<Reply> {
  const response = await fetch(`${endpoints.gateway.url}${path}`, {
    method, signal: AbortSignal.timeout(20_000),
    headers: { ...(who === undefined ? {} : { authorization: `Bearer ${who.token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) as unknown }
}
/** The same, where it must go well. */
export const ok = async <T>(who: Pick<Person, 'token'> | undefined, method: string, path: string, body?: unknown): Promise<T> => {
  const reply = await call(who, method, path, body)
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
  return reply.body as T
}
/** Asks until the answer is as wanted; views follow within a moment, and what they never come to is told as it was last. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer) || Date.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A new profile of a demonstration account, with a card. */
export async function join(account: number, name: string, is_private = false): Promise<Person> {
  const demo = demoAccounts[account]
  if (demo === undefined) throw new Error(`joining as '${name}': there is no demonstration account ${account}`)
  const token = (await signIn(endpoints, demo)).access_token
  const me = await ok<{ readonly account: { readonly account_id: string }; readonly profiles: readonly { readonly profile_id: string }[] }>({ token }, 'GET', '/v1/me')
  const [profile] = me.profiles
  if (profile === undefined) throw new Error(`joining as '${name}': the account has no profile`)
  const handle = `${name}_${word}`
  await ok({ token }, 'PUT', `/v1/members/${profile.profile_id}/card`, { handle, name, is_private })
  await eventually(() => call(undefined, 'GET', `/v1/members/${handle}`), ({ status }) => status === 200)
  return { token, profile_id: profile.profile_id, handle }
}
