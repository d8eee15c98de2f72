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

/** A function that answers a token that is good for a while yet; many who ask at once ask once. */
export function openServiceTokens({ tokenUrl, clientId, clientSecret }: Credentials): () => Promise<string> {
  let kept: { readonly token: Promise<string>; until: number } | undefined
  async function fetched(): Promise<{ readonly token: string; readonly expires_in: number }> {
    const answer = await fetch(tokenUrl, {
      method: 'POST', signal: AbortSignal.timeout(longest_ms),
      headers: { authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:cdlc:services' }),
    }).catch((cause: unknown) => { throw new Unavailable(`getting a token for '${clientId}': ${tokenUrl} does not answer`, { cause }) })
    if (answer.status >= 500) throw new Unavailable(`getting a token for '${clientId}': ${tokenUrl} answers ${answer.status}`)
    const body = (await answer.json()) as { readonly access_token?: string; readonly expires_in?: number; readonly error?: string }
    if (body.access_token === undefined) throw new Error(`getting a token for '${clientId}': ${tokenUrl} answers ${answer.status} ${body.error ?? ''}; is its secret the one the authorization server knows?`)
    return { token: body.access_token, expires_in: body.expires_in ?? 60 }
  }
  return () => {
    if (kept !== undefined && kept.until > Date.now()) return kept.token
    const asked = fetched()
    const entry = { token: asked.then(({ token }) => token), until: Infinity }
    kept = entry
    asked.then(({ expires_in }) => { entry.until = Date.now() + Math.max(1_000, expires_in * 1_000 - early_ms) }, () => { if (kept === entry) kept = undefined })
    return entry.token
  }
}
