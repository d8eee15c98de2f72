/** What the mail catcher has caught. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'

export interface Mail { readonly subject: string; readonly text: string; readonly html: string; readonly to: readonly { readonly address: string }[] }

const PATIENCE_MS = 30_000

/** The newest mail to an address whose subject is as wanted; waits for it, and throws with what there is. */
export async function mailTo({ port }: Pick<Endpoints, 'port'>, address: string, subject: RegExp): Promise<Mail> {
  for (const until = Date.now() + PATIENCE_MS; ; await delay(100)) {
    const answer = await fetch(`http://127.0.0.1:${port('mail')}/api/email?sort=desc&limit=100`, { signal: AbortSignal.timeout(5_000) })
    const mine = (await answer.json() as readonly Mail[]).filter(({ to }) => to.some((one) => one.address === address))
    const found = mine.find((mail) => subject.test(mail.subject))
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error(`waiting for a mail to '${address}' about ${subject.source}: there are ${JSON.stringify(mine.map((mail) => mail.subject))}`)
  }
}

/** The link in a mail whose path begins so. */
export function linkIn({ text }: Mail, path: string): string {
  const link = [...text.matchAll(/https?:\/\/\S+/g)].map(([url]) => url).find((url) => new URL(url).pathname.startsWith(path))
  if (link === undefined) throw new Error(`looking for a link to '${path}': there is none in ${JSON.stringify(text)}`)
  return link
}
