/** Ending sign-ins: one of them, or all that an account has. */
import type { AuthorizationPorts } from './ports.ts'
import type { SignIn } from './sign-ins.ts'

type Ports = Pick<AuthorizationPorts, 'signIns' | 'shortLived' | 'client'>
const session = 'Session'

/** Ends one sign-in of an account; that of an application in a browser takes the browser's session along, or it would be back at once. */
export async function endOne({ signIns, shortLived, client }: Ports, account_id: string, session_id: string): Promise<number> {
  const found = (await signIns.of(account_id)).find((each) => each.session_id === session_id)
  if (found === undefined) return 0
  if (client(found.client_id)?.application_type === 'web' && found.browser_uid !== undefined) {
    const id = await shortLived.findBy('uid', found.browser_uid)
    if (id !== undefined) await shortLived.remove(session, id)
  }
  return (await signIns.end(session_id)) ? 1 : 0
}

/** Ends them all, and every session of a browser, but for the session `but` and what was granted in it; answers how many sign-ins that were. */
export async function endEverywhere({ signIns, shortLived }: Ports, account_id: string, but?: string): Promise<number> {
  const kept = but === undefined ? undefined : await shortLived.findBy('uid', but)
  for (const id of await shortLived.sessionsOf(account_id)) if (id !== kept) await shortLived.remove(session, id)
  const others = async (): Promise<readonly SignIn[]> => (await signIns.of(account_id)).filter(({ browser_uid }) => but === undefined || browser_uid !== but)
  let ended = 0
  for (let page = await others(); page.length > 0; page = await others())
    for (const { session_id } of page) ended += (await signIns.end(session_id)) ? 1 : 0
  return ended
}
