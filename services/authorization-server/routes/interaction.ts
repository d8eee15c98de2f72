/** What a person is asked before an authorization goes on. Each is bound to the browser it began in by oidc-provider's cookie. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Client, Interaction, Provider } from 'oidc-provider'
import { scopes as described } from '../../shared/identity.ts'
import { normalEmail } from '../../shared/personal-data.ts'
import { consentTo } from '../consent.ts'
import { field } from '../forms.ts'
import { asIssuer } from '../mount.ts'
import { originOf } from '../pages/layout.ts'
import { codePage, consentPage, expiredPage, signInPage } from '../pages/sign-in.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { interactionPath, type Holder } from '../provider.ts'
import { partScopes } from '../resources.ts'
import { takeCode } from '../second-factor.ts'
import { deviceOf, from } from '../store/adapter.ts'
import { addressOf, noted, seeOther, sendPage, tooSoon } from './page.ts'

/** An interaction that is this browser's. */
export interface Visit {
  readonly provider: Provider
  readonly interaction: Interaction
  readonly client: Client
  readonly place: { readonly path: string; readonly csrf: string; readonly leadsTo: string | undefined }
}
const wrong = 'The address or the password is not right.'
const challenge = 'Challenge'
const pending = 'Pending'
const pendingFor_s = 600

/** The interaction of a request; undefined where it has expired, is another browser's, or a form of it is forged. */
export async function visitOf({ authority, forms, issuer }: AuthorizationPorts, request: FastifyRequest, reply: FastifyReply): Promise<Visit | undefined> {
  const { uid } = request.params as { readonly uid: string }
  const binding = `interaction:${uid}`
  if (request.method === 'POST' && !forms.genuine(request, binding)) {
    noted(request, 'form_forged')
    return undefined
  }
  const provider = authority.provider()
  const interaction = await provider.interactionDetails(asIssuer(request.raw, issuer), reply.raw).catch((error: unknown) => {
    if ((error as { readonly error?: unknown }).error === 'invalid_request') return undefined
    throw error
  })
  if (interaction?.uid !== uid) return undefined
  const client = await provider.Client.find(String(interaction.params['client_id']))
  if (client === undefined) return undefined
  return { provider, interaction, client, place: { path: interactionPath(uid), csrf: forms.csrf(binding), leadsTo: originOf(interaction.params['redirect_uri']) } }
}

const askedOf = ({ params }: Interaction): readonly string[] => String(params['scope'] ?? '').split(' ').filter((scope) => scope !== '')
const clientNameOf = ({ clientName, clientId }: Client): string => clientName ?? clientId

/** Ends the login prompt: the session gets a new id, so whoever knew the old one has nothing. Answers where to go on. */
export function signedIn({ provider, client }: Visit, request: FastifyRequest, reply: FastifyReply, accountId: string, amr: readonly string[]): Promise<string> {
  noted(request, 'signed_in', { account_id: accountId, client_id: client.clientId })
  return provider.interactionResult(request.raw, reply.raw, { login: { accountId, amr, remember: true } }, { mergeWithLastSubmission: false })
}

/** Pages of an interaction. */
export const interactionRoutes = (ports: AuthorizationPorts): FastifyPluginAsync => async (app) => {
  const { accounts, credentials, passwords, passkeys, throttle, shortLived } = ports
  const path = '/auth/interaction/:uid'
  const hidden = { schema: { hide: true } }
  const signIn = (reply: FastifyReply, visit: Visit, email: string, error?: string): FastifyReply =>
    sendPage(reply, signInPage({ ...visit.place, uid: visit.interaction.uid, client: clientNameOf(visit.client), email, error }), error === undefined ? 200 : 422)

  async function consent(reply: FastifyReply, { interaction, client, place }: Visit): Promise<FastifyReply> {
    const account_id = interaction.session?.accountId ?? ''
    const [account, known] = await Promise.all([accounts.get(account_id), credentials.read(account_id)])
    if (account === undefined || known === undefined) return sendPage(reply, expiredPage, 404)
    const asked = askedOf(interaction)
    const wishes = [
      ...partScopes(asked, client.clientId, known.roles).granted.map((scope) => described[scope]),
      ...(asked.includes('email') ? ['see your e-mail address'] : []),
      ...(asked.includes('offline_access') ? ['stay signed in when you are away'] : []),
    ]
    return sendPage(reply, consentPage({ ...place, client: clientNameOf(client), email: account.email, wishes: wishes.length === 0 ? ['know that it is you'] : wishes }))
  }

  /** Runs a step of an interaction that is this browser's, at the prompt it is for. */
  const step = (suffix: string, prompt: 'login' | 'consent' | undefined, work: (visit: Visit, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void => {
    app.post(`${path}/${suffix}`, hidden, async (request, reply) => {
      const visit = await visitOf(ports, request, reply)
      if (visit === undefined || (prompt !== undefined && visit.interaction.prompt.name !== prompt)) return sendPage(reply, expiredPage, 403)
      await work(visit, request, reply)
      return reply
    })
  }

  app.get(path, hidden, async (request, reply) => {
    const visit = await visitOf(ports, request, reply)
    if (visit === undefined) return sendPage(reply, expiredPage, 404)
    const hint = visit.interaction.params['login_hint']
    return visit.interaction.prompt.name === 'consent' ? consent(reply, visit) : signIn(reply, visit, typeof hint === 'string' ? hint : '')
  })

  step('password', 'login', async (visit, request, reply) => {
    const [email, password] = [field(request, 'email').trim(), field(request, 'password')]
    if (await tooSoon(throttle, reply, [['account', normalEmail(email)], ['address', addressOf(request)]])) return
    const account = email === '' ? undefined : await accounts.find(email)
    const known = account === undefined ? undefined : await credentials.read(account.account_id)
    // computed in any case: how long an answer takes does not tell who has an account
    const right = await passwords.verify(known?.password_hash, password)
    if (!right || known === undefined) {
      noted(request, 'sign_in_failed', { account_id: known?.account_id, client_id: visit.client.clientId })
      signIn(reply, visit, email, wrong)
      return
    }
    if (known.second_factor) {
      await shortLived.put(pending, visit.interaction.uid, { accountId: known.account_id, subject: normalEmail(email) }, pendingFor_s)
      sendPage(reply, codePage(visit.place))
      return
    }
    await throttle.succeeded(addressOf(request), normalEmail(email))
    seeOther(reply, await signedIn(visit, request, reply, known.account_id, ['pwd']))
  })

  step('code', 'login', async (visit, request, reply) => {
    const { uid } = visit.interaction
    const waiting = await shortLived.find(pending, uid)
    if (waiting?.accountId === undefined) {
      signIn(reply, visit, '')
      return
    }
    const subject = String(waiting['subject'])
    if (await tooSoon(throttle, reply, [['account', subject], ['address', addressOf(request)]])) return
    if (!(await takeCode(credentials, waiting.accountId, field(request, 'code')))) {
      noted(request, 'second_factor_failed', { account_id: waiting.accountId })
      sendPage(reply, codePage({ ...visit.place, error: 'This code is not right, or it was used already.' }), 422)
      return
    }
    await shortLived.remove(pending, uid)
    await throttle.succeeded(addressOf(request), subject)
    seeOther(reply, await signedIn(visit, request, reply, waiting.accountId, ['pwd', 'otp', 'mfa']))
  })

  step('passkey/options', 'login', async ({ interaction: { uid } }, _request, reply) => {
    const options = await passkeys.request()
    await shortLived.put(challenge, uid, { challenge: options.challenge }, pendingFor_s)
    reply.send(options)
  })

  step('passkey', 'login', async (visit, request, reply) => {
    const { uid } = visit.interaction
    if ((await throttle.attempt([['address', addressOf(request)]])) > 0) {
      reply.code(429).send({})
      return
    }
    const asked = await shortLived.find(challenge, uid)
    await shortLived.remove(challenge, uid) // good for one answer
    const account_id = asked === undefined ? undefined : await passkeys.verify(String(asked['challenge']), (request.body as { readonly response?: unknown } | null)?.response)
    const known = account_id === undefined ? undefined : await credentials.read(account_id)
    if (known === undefined) {
      noted(request, 'passkey_failed')
      reply.code(422).send({})
      return
    }
    await throttle.succeeded(addressOf(request))
    reply.send({ location: await signedIn(visit, request, reply, known.account_id, ['hwk', 'user', 'mfa']) })
  })

  step('consent', 'consent', async ({ provider, interaction, client }, request, reply) => {
    const account_id = interaction.session?.accountId ?? ''
    const known: Pick<Holder, 'roles'> | undefined = await credentials.read(account_id)
    if (known === undefined) {
      sendPage(reply, expiredPage, 403)
      return
    }
    // a TV is let in from a phone: it is the TV that is signed in
    const device = interaction.deviceCode === undefined ? undefined : await shortLived.find('DeviceCode', interaction.deviceCode)
    const agent = (device?.['deviceInfo'] as { readonly ua?: string } | undefined)?.ua ?? request.headers['user-agent']
    const browser_uid = interaction.session?.uid
    const session = browser_uid === undefined ? undefined : await provider.Session.findByUid(browser_uid)
    const origin = { browser_uid, device: deviceOf(agent), signed_in_at: (session?.loginTs ?? 0) * 1_000 }
    const grantId = await from(origin, () =>
      consentTo(provider, { grant_id: interaction.grantId, account_id, client_id: client.clientId, scopes: askedOf(interaction), roles: known.roles }))
    seeOther(reply, await provider.interactionResult(request.raw, reply.raw, { consent: { grantId } }, { mergeWithLastSubmission: true }))
  })

  step('cancel', undefined, async ({ provider }, request, reply) => {
    const denied = { error: 'access_denied', error_description: 'the person did not want to' }
    seeOther(reply, await provider.interactionResult(request.raw, reply.raw, denied, { mergeWithLastSubmission: false }))
  })
}
