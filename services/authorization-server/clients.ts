/** Who may ask for tokens: the programs of the platform, and the applications people use. Declared here; nobody registers at run time. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { programs } from '../shared/config.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** Metadata of RFC 7591, as oidc-provider reads it. */
export interface ClientMetadata {
  readonly client_id: string
  readonly client_name: string
  readonly client_secret?: string
  readonly application_type: 'web' | 'native'
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'none'
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris?: readonly string[]
}

/** Applications of our own in the browser: who signs in to them is not asked whether they may act for them. */
export const ownApplications: ReadonlySet<string> = new Set(['cdlc-web', 'cdlc-account'])
/** Where the pages of this server sign in their own visitors. */
export const accountClient = 'cdlc-account'
export const accountPath = '/auth/account'

const isProgram: ReadonlySet<string> = new Set(programs)
/** Whether a client is a program of the platform rather than an application of people. */
export const isProgramClient = (client_id: string): boolean => isProgram.has(client_id)

/** All clients. A redirect is compared letter by letter; of a loopback address alone the port is free (RFC 8252 §7.3). */
export function clientsOf({ gateway: { url } }: Pick<Endpoints, 'gateway'>, secretOf: (client_id: string) => string): readonly ClientMetadata[] {
  return [
    ...programs.map((client_id): ClientMetadata => ({
      client_id, client_name: client_id, client_secret: secretOf(client_id), application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic', grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
    })),
    {
      client_id: 'cdlc-web', client_name: 'Creme Dela Creme', application_type: 'web', token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      redirect_uris: [`${url}/app/callback`], post_logout_redirect_uris: [`${url}/app/`],
    },
    {
      client_id: 'cdlc-app', client_name: 'Creme Dela Creme for phones and desktops', application_type: 'native', token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'], post_logout_redirect_uris: ['http://127.0.0.1/signed-out'],
    },
    {
      client_id: 'cdlc-tv', client_name: 'Creme Dela Creme on your TV', application_type: 'native', token_endpoint_auth_method: 'none',
      grant_types: [deviceGrant, 'refresh_token'], response_types: [], redirect_uris: [],
    },
    {
      client_id: accountClient, client_name: 'Your account', application_type: 'web', token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'], response_types: ['none'],
      redirect_uris: [`${url}${accountPath}`], post_logout_redirect_uris: [`${url}${accountPath}`],
    },
  ]
}
