/** A person's own page. Whoever changes how they sign in has signed in a short while ago, here. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { toDataURL } from 'qrcode'
import { accountClient, accountPath } from '../clients.ts'
import type { Account } from '../accounts.ts'
import { field } from '../forms.ts'
import { normalEmail } from '../../shared/personal-data.ts'
import { addressTaken, confirmNewAddress, passwordChanged, securityChanged } from '../mail/letters.ts'
import { asIssuer } from '../mount.ts'
import { emailPath } from '../pages/email.ts'
import { accountPage, recoveryCodesPage, totpPage } from '../pages/account.ts'
import { expiredPage } from '../pages/sign-in.ts'
import { mailSentPage, resetDonePage } from '../pages/sign-up.ts'
import { decidePassword } from '../password.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { newRecoveryCodes, newSecret, secretUri, stepOf } from '../second-factor.ts'
import { endEverywhere, endOne } from '../sign-out.ts'
import { addressOf, noted, seeOther, sendPage, tooSoon } from './page.ts'
import { isEmail } from './sign-up.ts'

/** So long after signing in, a person is asked to do so again before they may change anything here. */
const fresh_s = 900
const setup_s = 600
const setup = 'TotpSetup'
const challenge = 'PasskeyChallenge'

interface Visitor {
  readonly account: Account
  /** Of the browser's session; things under way are kept by it. */
  readonly uid: string
  readonly csrf: string
}

const decideAddress = (wanted: string, present: string): string | undefined =>
  !isEmail(wanted) ? 'This is not an e-mail address.' : normalEmail(wanted) === normalEmail(present) ? 'This is your address already.' : undefined

export const accountRoutes = (ports: AuthorizationPorts): FastifyPluginAsync => async (app) => {
  const { issuer, authority, accounts, credentials, passwords, common, throttle, passkeys, signIns, shortLived, forms, tokens, post, client } = ports
  const hidden = { schema: { hide: true } }
  const signIn = `/oauth/authorize?${new URLSearchParams({ client_id: accountClient, response_type: 'none', scope: 'openid', redirect_uri: `${issuer}${accountPath}`, max_age: String(fresh_s) })}`

  async function visitor(request: FastifyRequest, reply: FastifyReply): Promise<Visitor | undefined> {
    const provider = authority.provider()
    const { accountId, uid, loginTs = 0 } = await provider.Session.get(provider.createContext(asIssuer(request.raw, issuer), reply.raw))
    if (accountId === undefined || Date.now() / 1_000 - loginTs > fresh_s) return undefined
    const account = await accounts.get(accountId)
    return account === undefined ? undefined : { account, uid, csrf: forms.csrf(`session:${uid}`) }
  }
  const step = (path: string, work: (visitor: Visitor, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void => {
    app.post(`${accountPath}/${path}`, hidden, async (request, reply) => {
      const who = await visitor(request, reply)
      if (who === undefined || !forms.genuine(request, `session:${who.uid}`)) return sendPage(reply, expiredPage, 403)
      await work(who, request, reply)
      return reply
    })
  }
  async function setupPage(reply: FastifyReply, { account, csrf }: Visitor, secret: string, error?: string): Promise<void> {
    const image = await toDataURL(secretUri(secret, account.email), { margin: 1 })
    sendPage(reply, totpPage({ csrf, image, secret, error }), error === undefined ? 200 : 422)
  }

  async function show(reply: FastifyReply, who: Visitor, error?: string): Promise<FastifyReply> {
    const { account: { account_id, email }, csrf } = who
    const [known, keys, left, sign_ins] = await Promise.all([credentials.read(account_id), passkeys.of(account_id), credentials.recoveryCodesLeft(account_id), signIns.of(account_id)])
    return sendPage(reply, accountPage({ csrf, email, passkeys: keys, second_factor: known?.second_factor ?? false, recovery_codes_left: left, sign_ins: sign_ins.map((each) => ({ ...each, client_name: client(each.client_id)?.client_name ?? each.client_id })), error }), error === undefined ? 200 : 422)
  }

  app.get(accountPath, hidden, async (request, reply) => {
    const who = await visitor(request, reply)
    return who === undefined ? seeOther(reply, signIn) : show(reply, who)
  })

  step('password', async (who, request, reply) => {
    const { account_id, email } = who.account
    if (await tooSoon(throttle, reply, [['account', normalEmail(email)], ['address', addressOf(request)]])) return
    const password = field(request, 'password')
    const refusal = (await passwords.verify((await credentials.read(account_id))?.password_hash, field(request, 'current')))
      ? decidePassword(password, common, email)
      : 'This is not your present password.'
    if (refusal !== undefined) {
      await show(reply, who, refusal)
      return
    }
    await throttle.succeeded(addressOf(request), normalEmail(email))
    await credentials.setPassword(account_id, await passwords.hash(password))
    await tokens.withdraw(account_id)
    await endEverywhere(ports, account_id)
    noted(request, 'password_changed', who.account)
    await post.send(passwordChanged(email))
    sendPage(reply, resetDonePage(''))
  })

  step('email', async (who, request, reply) => {
    const { account_id, email } = who.account
    if (await tooSoon(throttle, reply, [['account', normalEmail(email)], ['address', addressOf(request)]])) return
    const wanted = field(request, 'email').trim()
    const right = await passwords.verify((await credentials.read(account_id))?.password_hash, field(request, 'proof'))
    const refusal = right ? decideAddress(wanted, email) : 'This is not your present password.'
    if (refusal !== undefined) {
      await show(reply, who, refusal)
      return
    }
    await throttle.succeeded(addressOf(request), normalEmail(email))
    if (await tooSoon(throttle, reply, [['mail', normalEmail(wanted)]])) return
    noted(request, 'email_change_asked', who.account)
    // after the answer: whether somebody has the address is told to its holder alone, and not by the time this takes
    void (async () => {
      if ((await accounts.find(wanted)) !== undefined) return post.send(addressTaken(wanted))
      const token = await tokens.issue('email', account_id, { email: wanted })
      return post.send(confirmNewAddress(wanted, `${issuer}${emailPath}?token=${token}`))
    })().catch((error: unknown) => { request.log.error({ err: error }, 'sending a link to a new address') })
    sendPage(reply, mailSentPage(wanted, ''))
  })

  step('totp', async (who, _request, reply) => {
    const secret = newSecret()
    await shortLived.put(setup, who.uid, { secret }, setup_s)
    await setupPage(reply, who, secret)
  })

  step('totp/confirm', async (who, request, reply) => {
    const secret = (await shortLived.find(setup, who.uid))?.['secret']
    if (typeof secret !== 'string') {
      sendPage(reply, expiredPage, 403)
      return
    }
    const step = await stepOf(secret, field(request, 'code'))
    if (step === undefined) {
      await setupPage(reply, who, secret, 'This code is not right. Does the clock of your phone go right?')
      return
    }
    const codes = newRecoveryCodes()
    await credentials.setTotp(who.account.account_id, secret, codes)
    await credentials.takeStep(who.account.account_id, step)
    await shortLived.remove(setup, who.uid)
    noted(request, 'second_factor_on', who.account)
    await post.send(securityChanged(who.account.email, 'a second factor was turned on'))
    sendPage(reply, recoveryCodesPage(codes))
  })

  step('totp/remove', async ({ account }, request, reply) => {
    await credentials.setTotp(account.account_id, undefined, [])
    noted(request, 'second_factor_off', account)
    await post.send(securityChanged(account.email, 'the second factor was turned off'))
    seeOther(reply, accountPath)
  })

  step('passkeys/options', async ({ account, uid }, _request, reply) => {
    const options = await passkeys.creation(account.account_id, account.email)
    await shortLived.put(challenge, uid, { challenge: options.challenge }, setup_s)
    reply.send(options)
  })

  step('passkeys', async ({ account, uid }, request, reply) => {
    const asked = await shortLived.find(challenge, uid)
    await shortLived.remove(challenge, uid)
    const name = `Passkey of ${new Date().toISOString().slice(0, 10)}`
    const added = asked !== undefined && (await passkeys.register(account.account_id, String(asked['challenge']), (request.body as { readonly response?: unknown } | null)?.response, name))
    if (!added) {
      reply.code(422).send({})
      return
    }
    noted(request, 'passkey_added', account)
    await post.send(securityChanged(account.email, 'a passkey was added'))
    reply.send({ location: accountPath })
  })

  step('passkeys/remove', async ({ account }, request, reply) => {
    if (await passkeys.remove(account.account_id, field(request, 'credential_id'))) {
      noted(request, 'passkey_removed', account)
      await post.send(securityChanged(account.email, 'a passkey was removed'))
    }
    seeOther(reply, accountPath)
  })

  step('sign-ins/end', async ({ account }, request, reply) => {
    await endOne(ports, account.account_id, field(request, 'session_id'))
    noted(request, 'signed_out_elsewhere', account)
    seeOther(reply, accountPath)
  })
}
