/** What this component uses of oidc-provider, which comes without types. */
declare module 'oidc-provider' {
  import type { EventEmitter } from 'node:events'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Payload {
    jti?: string
    exp?: number
    iat?: number
    kind?: string
    uid?: string
    accountId?: string
    clientId?: string
    grantId?: string
    userCode?: string
    consumed?: unknown
    [claim: string]: unknown
  }
  /** Where instances of one model are kept. */
  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn: number): Promise<void>
    find(id: string): Promise<Payload | undefined>
    findByUid(uid: string): Promise<Payload | undefined>
    findByUserCode(userCode: string): Promise<Payload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    readonly applicationType: 'web' | 'native'
    grantTypeAllowed(type: string): boolean
  }
  export interface Account {
    readonly accountId: string
    claims(use: string, scope: string): Promise<Readonly<Record<string, unknown>>>
    [extra: string]: unknown
  }
  export interface Grant {
    readonly jti?: string
    readonly accountId: string
    readonly clientId: string
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    rejectResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }
  export interface Token {
    readonly kind: string
    readonly accountId?: string
    readonly clientId: string
    readonly grantId?: string
    readonly scopes: ReadonlySet<string>
    resourceServer?: object
    save(): Promise<string>
  }
  export interface Session {
    readonly uid: string
    readonly jti: string
    readonly accountId?: string
    readonly loginTs?: number
    readonly state?: { readonly secret: string }
    grantIdFor(client_id: string): string | undefined
  }
  export interface Interaction {
    readonly uid: string
    readonly exp: number
    readonly grantId?: string
    readonly deviceCode?: string
    readonly params: Readonly<Record<string, unknown>>
    readonly prompt: { readonly name: string; readonly reasons: readonly string[]; readonly details: Readonly<Record<string, unknown>> }
    readonly session?: { readonly accountId: string; readonly uid?: string }
  }
  export interface OidcContext {
    readonly client: Client
    readonly account?: Account
    readonly session: Session
    readonly provider: Provider
    readonly params: Readonly<Record<string, unknown>>
    readonly result?: { readonly consent?: { readonly grantId?: string } }
    readonly requestParamScopes: ReadonlySet<string>
    urlFor(name: string): string
  }
  export interface Context {
    readonly oidc: OidcContext
    readonly req: IncomingMessage
    readonly res: ServerResponse
    readonly ip: string
    status: number
    type: string
    body: unknown
    get(header: string): string
    set(header: string, value: string): void
  }

  export class Provider extends EventEmitter {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly issuer: string
    proxy: boolean
    readonly Client: { find(client_id: string): Promise<Client | undefined> }
    readonly Grant: { new (fields: { accountId: string; clientId: string }): Grant; find(id: string): Promise<Grant | undefined> }
    readonly Session: { get(context: Context): Promise<Session>; findByUid(uid: string): Promise<Session | undefined> }
    readonly ClientCredentials: new (fields: { client: Client }) => Token
    readonly ResourceServer: new (identifier: string, info: object) => object
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    createContext(request: IncomingMessage, response: ServerResponse): Context
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionResult(request: IncomingMessage, response: ServerResponse, result: object, options?: { mergeWithLastSubmission: boolean }): Promise<string>
    static readonly ctx: Context | undefined
  }
  export default Provider

  type OidcError = new (description?: string) => Error
  export const errors: Readonly<Record<'InvalidGrant' | 'InvalidTarget' | 'InvalidRequestUri' | 'SessionNotFound' | 'AccessDenied', OidcError>>
}
