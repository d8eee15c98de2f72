/** A new password by mail. The answer is the same whether or not there is an account. */
import type { FastifyPluginAsync } from 'fastify'
import { normalEmail } from '../../shared/personal-data.ts'
import { field, parameter } from '../forms.ts'
import { passwordChanged, resetPassword } from '../mail/letters.ts'
import { expiredPage } from '../pages/sign-in.ts'
import { deadLinkPage, forgotPage, mailSentPage, resetDonePage, resetPage } from '../pages/sign-up.ts'
import { decidePassword } from '../password.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { endEverywhere } from '../sign-out.ts'
import { addressOf, interactionIn, noted, sendPage, tooSoon } from './page.ts'
import { isEmail } from './sign-up.ts'

export const resetRoutes = (ports: AuthorizationPorts): FastifyPluginAsync => async (app) => {
  const { issuer, accounts, credentials, passwords, common, throttle, tokens, post, forms } = ports
  const hidden = { schema: { hide: true } }

  app.get('/auth/forgot', hidden, async (request, reply) =>
    sendPage(reply, forgotPage({ csrf: forms.csrf(forms.browser(request, reply)), interaction: interactionIn(parameter(request, 'continue')) })))

  app.post('/auth/forgot', hidden, async (request, reply) => {
    const binding = forms.browser(request, reply)
    if (!forms.genuine(request, binding)) return sendPage(reply, expiredPage, 403)
    const [email, interaction] = [field(request, 'email').trim(), interactionIn(field(request, 'continue'))]
    if (!isEmail(email)) return sendPage(reply, forgotPage({ csrf: forms.csrf(binding), interaction, error: 'This is not an e-mail address.' }), 422)
    if (await tooSoon(throttle, reply, [['mail', normalEmail(email)], ['address', addressOf(request)]])) return reply
    // after the answer: what is done only for those who have an account takes no time that anybody could measure
    void (async () => {
      const account = await accounts.find(email)
      if (account === undefined || (await credentials.read(account.account_id)) === undefined) return
      const token = await tokens.issue('reset', account.account_id, { interaction })
      noted(request, 'reset_asked', { account_id: account.account_id })
      await post.send(resetPassword(account.email, `${issuer}/auth/reset?token=${token}`))
    })().catch((error: unknown) => { request.log.error({ err: error }, 'sending a link for a new password') })
    return sendPage(reply, mailSentPage(email, interaction))
  })

  app.get('/auth/reset', hidden, async (request, reply) => {
    const token = parameter(request, 'token')
    const held = await tokens.look('reset', token)
    return held === undefined ? sendPage(reply, deadLinkPage, 404) : sendPage(reply, resetPage({ csrf: forms.csrf(forms.browser(request, reply)), token }))
  })

  app.post('/auth/reset', hidden, async (request, reply) => {
    const binding = forms.browser(request, reply)
    if (!forms.genuine(request, binding)) return sendPage(reply, expiredPage, 403)
    const [token, password] = [field(request, 'token'), field(request, 'password')]
    if (await tooSoon(throttle, reply, [['address', addressOf(request)]])) return reply
    const account = await accountOf(token)
    if (account === undefined) return sendPage(reply, deadLinkPage, 404)
    const error = decidePassword(password, common, account.email)
    if (error !== undefined) return sendPage(reply, resetPage({ csrf: forms.csrf(binding), token, error }), 422)
    const password_hash = await passwords.hash(password)
    const held = await tokens.take('reset', token)
    if (held?.account_id === undefined) return sendPage(reply, deadLinkPage, 404)
    await credentials.setPassword(held.account_id, password_hash)
    await tokens.withdraw(held.account_id)
    await endEverywhere(ports, held.account_id)
    noted(request, 'password_changed', { account_id: held.account_id })
    await throttle.succeeded(addressOf(request), normalEmail(account.email))
    await post.send(passwordChanged(account.email))
    return sendPage(reply, resetDonePage(held.body.interaction))
  })

  async function accountOf(token: string): Promise<{ readonly email: string } | undefined> {
    const held = await tokens.look('reset', token)
    return held?.account_id === undefined ? undefined : accounts.get(held.account_id)
  }
}
