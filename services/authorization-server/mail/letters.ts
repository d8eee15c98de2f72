/** What mails say. Pure: a letter is plain data. */
import { html, textOf } from '../pages/html.ts'
import { product } from '../pages/layout.ts'

export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

interface Content {
  readonly subject: string
  readonly lines: readonly string[]
  readonly link?: { readonly url: string; readonly text: string }
  readonly end: string
}

function letter(to: string, { subject, lines, link, end }: Content): Letter {
  const signature = `The people at ${product}`
  return {
    to,
    subject: `${subject} · ${product}`,
    text: [...lines, ...(link === undefined ? [] : [`${link.text}:\n${link.url}`]), end, signature].join('\n\n'),
    html: textOf(html`<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;color:#241c12;background:#f6f1e7;padding:24px">
<div style="max-width:480px;margin:0 auto;padding:28px;background:#fffdf8;border-radius:16px">
<p style="font:600 20px Georgia,serif;margin:0 0 16px">${product}</p>
${lines.map((line) => html`<p>${line}</p>`)}
${link !== undefined && html`<p><a href="${link.url}" style="display:inline-block;padding:12px 20px;background:#7a3b12;color:#ffffff;border-radius:10px;text-decoration:none;font-weight:600">${link.text}</a></p>`}
<p style="color:#5f5445;font-size:14px">${end}</p><p style="color:#5f5445;font-size:14px">${signature}</p>
</div></body></html>`),
  }
}

export const confirmAddress = (to: string, url: string): Letter => letter(to, {
  subject: 'Confirm your address', lines: ['Welcome. Confirm that this is your address, and your account is ready.'], link: { url, text: 'Confirm my address' },
  end: 'The link is good for a day. If you did not sign up, ignore this mail: without the password that was chosen the link does nothing.',
})

export const alreadyKnown = (to: string, url: string): Letter => letter(to, {
  subject: 'You have an account already', lines: ['Somebody, you perhaps, wanted to sign up with this address. You have an account with it already, so just sign in.'],
  link: { url, text: 'Choose a new password' }, end: 'If it was not you, there is nothing to do: nobody was told that you have an account.',
})

export const resetPassword = (to: string, url: string): Letter => letter(to, {
  subject: 'Choose a new password', lines: ['Somebody, you perhaps, asked for a new password for your account.'], link: { url, text: 'Choose a new password' },
  end: 'The link is good for an hour. If it was not you, ignore this mail: your password stays as it is.',
})

export const passwordChanged = (to: string): Letter => letter(to, {
  subject: 'Your password was changed', lines: ['The password of your account was changed just now, and you are signed out everywhere.'],
  end: 'If it was not you, ask for a new password on the sign-in page at once.',
})

export const confirmNewAddress = (to: string, url: string): Letter => letter(to, {
  subject: 'Confirm your new address', lines: ['Somebody, you perhaps, wants to sign in with this address from now on.'], link: { url, text: 'Confirm my new address' },
  end: 'The link is good for an hour. If it was not you, ignore this mail: without the password of that account the link does nothing.',
})

export const addressTaken = (to: string): Letter => letter(to, {
  subject: 'You have an account already', lines: ['Somebody, you perhaps, wanted to use this address for another account. You have an account with it already, so nothing was changed.'],
  end: 'If it was not you, there is nothing to do: nobody was told that you have an account.',
})

/** Goes to the old address; the new one is not told: who reads this may not be the account's holder any more. */
export const addressChanged = (to: string): Letter => letter(to, {
  subject: 'Your e-mail address was changed', lines: ['Your account goes by another address now. This one signs nobody in any more, and all other places where you were signed in are signed out.'],
  end: 'If it was not you, somebody knows your password: tell us at once.',
})

export const securityChanged = (to: string, what: string): Letter => letter(to, {
  subject: 'The security of your account was changed', lines: [`On your account, just now: ${what}.`], end: 'If it was not you, choose a new password at once.',
})
