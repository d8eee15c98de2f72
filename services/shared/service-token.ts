/** Tokens by which a program of the platform says who it is: client credentials (RFC 6749 §4.4), kept until shortly before they expire. */
import { Unavailable } from './errors.ts'

export interface Credentials {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

const longest_ms = 5_000
/** Asked for anew when so much of its life is left. */
const early_ms = 30_000

interface Kept {
  readonly token: Promise<string>
  until: number
  dies: number
}

/** A function that answers a token that is good for a while yet; many who ask at once ask once. */
export function openServiceTokens({ tokenUrl, clientId, clientSecret }: Credentials, now: () => number = Date.now): () => Promise<string> {
  let kept: Kept | undefined
  async function fetched(): Promise<{ readonly token: string; readonly expires_in: number }> {
    const answer = await fetch(tokenUrl, {
      method: 'POST', redirect: 'error', signal: AbortSignal.timeout(longest_ms),
      headers: { authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:cdlc:services' }),
    }).catch((cause: unknown) => { throw new Unavailable(`getting a token for '${clientId}': ${tokenUrl} does not answer`, { cause }) })
    if (answer.status >= 500) throw new Unavailable(`getting a token for '${clientId}': ${tokenUrl} answers ${answer.status}`)
    const body = (await answer.json()) as { readonly access_token?: string; readonly expires_in?: number; readonly error?: string }
    if (body.access_token === undefined) throw new Error(`getting a token for '${clientId}': ${tokenUrl} answers ${answer.status} ${body.error ?? ''}; is its secret the one the authorization server knows?`)
    return { token: body.access_token, expires_in: body.expires_in ?? 60 }
  }
  return () => {
    const last = kept
    if (last !== undefined && last.until > now()) return last.token
    const entry: Kept = { token: fetched().then(({ token, expires_in }) => {
      entry.dies = now() + expires_in * 1_000
      entry.until = Math.max(now() + 1_000, entry.dies - early_ms)
      return token
    }, (cause: unknown) => {
      if (kept === entry) kept = last
      // an issuer that is away for a moment ends nothing: the last token lives a little longer
      if (last !== undefined && last.dies > now() && cause instanceof Unavailable) return last.token
      throw cause
    }), until: Infinity, dies: Infinity }
    kept = entry
    return entry.token
  }
}
