/** Signing up. Whether an address has an account is told to its holder alone, by mail: here every answer is the same. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { normalEmail } from '../../shared/personal-data.ts'
import { field, parameter } from '../forms.ts'
import { alreadyKnown, confirmAddress } from '../mail/letters.ts'
import { confirmedPage, confirmPage, deadLinkPage, mailSentPage, signUpPage } from '../pages/sign-up.ts'
import { expiredPage } from '../pages/sign-in.ts'
import { decidePassword } from '../password.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { addressOf, interactionIn, noted, sendPage, tooSoon } from './page.ts'

/** As strict as RFC 5321's form for the ordinary, and no stricter: whether it exists, the mail will show. */
export const isEmail = (text: string): boolean => text.length <= 254 && /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]{2,}$/u.test(text)

export const signUpRoutes = (ports: AuthorizationPorts): FastifyPluginAsync => async (app) => {
  const { issuer, accounts, credentials, passwords, common, throttle, tokens, post, forms } = ports
  const hidden = { schema: { hide: true } }
  const confirm = (reply: FastifyReply, csrf: string, token: string, error?: string): FastifyReply => sendPage(reply, confirmPage({ csrf, token, error }), error === undefined ? 200 : 422)

  app.get('/auth/sign-up', hidden, async (request, reply) =>
    sendPage(reply, signUpPage({ csrf: forms.csrf(forms.browser(request, reply)), email: '', interaction: interactionIn(parameter(request, 'continue')) })))

  app.post('/auth/sign-up', hidden, async (request, reply) => {
    const binding = forms.browser(request, reply)
    if (!forms.genuine(request, binding)) return sendPage(reply, expiredPage, 403)
    const [email, password, interaction] = [field(request, 'email').trim(), field(request, 'password'), interactionIn(field(request, 'continue'))]
    const error = isEmail(email) ? decidePassword(password, common, email) : 'This is not an e-mail address.'
    if (error !== undefined) return sendPage(reply, signUpPage({ csrf: forms.csrf(binding), email, interaction, error }), 422)
    if (await tooSoon(throttle, reply, [['mail', normalEmail(email)], ['address', addressOf(request)]])) return reply
    const account = await accounts.find(email)
    const known = account === undefined ? undefined : await credentials.read(account.account_id)
    // hashed, written down and mailed in either case: the same work
    const password_hash = await passwords.hash(password)
    if (account !== undefined && known !== undefined) {
      const token = await tokens.issue('reset', account.account_id, { interaction })
      await post.send(alreadyKnown(email, `${issuer}/auth/reset?token=${token}`))
    } else {
      const token = await tokens.issue('confirm', undefined, { email, country: '', password_hash, interaction })
      await post.send(confirmAddress(email, `${issuer}/auth/confirm?token=${token}`))
    }
    return sendPage(reply, mailSentPage(email, interaction))
  })

  app.get('/auth/confirm', hidden, async (request, reply) => {
    const token = parameter(request, 'token')
    const held = await tokens.look('confirm', token)
    return held === undefined ? sendPage(reply, deadLinkPage, 404) : confirm(reply, forms.csrf(forms.browser(request, reply)), token)
  })

  // the link alone does nothing: who signs up somebody else's address cannot have them confirm a password that they do not know
  app.post('/auth/confirm', hidden, async (request, reply) => {
    const binding = forms.browser(request, reply)
    if (!forms.genuine(request, binding)) return sendPage(reply, expiredPage, 403)
    const token = field(request, 'token')
    if (await tooSoon(throttle, reply, [['account', `confirm:${token}`], ['address', addressOf(request)]])) return reply
    const held = await tokens.look('confirm', token)
    if (held === undefined) return sendPage(reply, deadLinkPage, 404)
    if (!(await passwords.verify(held.body.password_hash, field(request, 'password')))) return confirm(reply, forms.csrf(binding), token, 'This is not the password that was chosen.')
    const { email, country, password_hash, interaction } = held.body
    const { account_id } = await accounts.open(email, country)
    // an account that somebody confirmed first keeps its password
    await credentials.create(account_id, password_hash, ['viewer'])
    await tokens.take('confirm', token)
    noted(request, 'signed_up', { account_id })
    await throttle.succeeded(addressOf(request), `confirm:${token}`)
    return sendPage(reply, confirmedPage(interaction))
  })
}
