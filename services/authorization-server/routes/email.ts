/** The link to a new address: whoever follows it has that mailbox, and shows by the password that the account is theirs. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { normalEmail } from '../../shared/personal-data.ts'
import { field, parameter } from '../forms.ts'
import { addressChanged } from '../mail/letters.ts'
import { asIssuer } from '../mount.ts'
import { confirmEmailPage, deadEmailLinkPage, emailChangedPage, emailPath, emailTakenPage } from '../pages/email.ts'
import { expiredPage } from '../pages/sign-in.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { endEverywhere } from '../sign-out.ts'
import { addressOf, noted, sendPage, tooSoon } from './page.ts'

export const emailRoutes = (ports: AuthorizationPorts): FastifyPluginAsync => async (app) => {
  const { issuer, authority, accounts, credentials, passwords, throttle, tokens, post, forms } = ports
  const hidden = { schema: { hide: true } }

  /** The browser's session, where it is this account's. */
  async function sessionOf(request: FastifyRequest, reply: FastifyReply, account_id: string): Promise<string | undefined> {
    const provider = authority.provider()
    const { accountId, uid } = await provider.Session.get(provider.createContext(asIssuer(request.raw, issuer), reply.raw))
    return accountId === account_id ? uid : undefined
  }

  app.get(emailPath, hidden, async (request, reply) => {
    const token = parameter(request, 'token')
    const held = await tokens.look('email', token)
    if (held === undefined) return sendPage(reply, deadEmailLinkPage, 404)
    return sendPage(reply, confirmEmailPage({ csrf: forms.csrf(forms.browser(request, reply)), token, email: held.body.email }))
  })

  // the link alone does nothing: who gives somebody else's address cannot have them take over an account, and its passkeys, unawares
  app.post(emailPath, hidden, async (request, reply) => {
    const binding = forms.browser(request, reply)
    if (!forms.genuine(request, binding)) return sendPage(reply, expiredPage, 403)
    const token = field(request, 'token')
    const asked = await tokens.look('email', token)
    const account = asked?.account_id === undefined ? undefined : await accounts.get(asked.account_id)
    if (asked === undefined || account === undefined) return sendPage(reply, deadEmailLinkPage, 404)
    const { account_id, email: old } = account
    if (await tooSoon(throttle, reply, [['account', normalEmail(old)], ['address', addressOf(request)]])) return reply
    if (!(await passwords.verify((await credentials.read(account_id))?.password_hash, field(request, 'password')))) {
      return sendPage(reply, confirmEmailPage({ csrf: forms.csrf(binding), token, email: asked.body.email, error: 'This is not your password.' }), 422)
    }
    await throttle.succeeded(addressOf(request), normalEmail(old))
    const held = await tokens.take('email', token)
    if (held === undefined) return sendPage(reply, deadEmailLinkPage, 404)
    if (!(await accounts.changeEmail(account_id, held.body.email))) return sendPage(reply, emailTakenPage, 409)
    // links that went to the old address are the account's no longer
    await tokens.withdraw(account_id)
    await endEverywhere(ports, account_id, await sessionOf(request, reply, account_id))
    noted(request, 'email_changed', { account_id })
    await post.send(addressChanged(old))
    return sendPage(reply, emailChangedPage)
  })
}
