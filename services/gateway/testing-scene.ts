/** For tests over HTTP: a gateway before one upstream that does as it is told, and what they ask of it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createIssuer, ids, openDouble, openGateway, type Double, type Issuer, type TestGateway, type TestOptions } from './testing.ts'

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void
export const card = `/v1/titles/${ids.title}`
export const stats = `${card}/stats`
export const profile = '/v1/profiles/01M82P8JF5YHD94TE2EGCK7QBM'

/** Answers JSON whose length is told. */
export function json(response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers }).end(text)
}
export const fine: Behaviour = (_request, response) => json(response, { fine: true })
export const drop: Behaviour = (request) => { request.socket.destroy() }
export const silent: Behaviour = () => undefined

export interface Scene {
  readonly issuer: Issuer
  /** How every upstream behaves; may be changed at any time. */
  readonly state: { answer: Behaviour }
  readonly double: Double
  readonly gateway: TestGateway & { readonly url: string }
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
}
export interface Stage {
  scene(answer?: Behaviour, options?: Partial<TestOptions>): Promise<Scene>
  /** Closed with the scene, before it. */
  onClose(close: () => Promise<unknown>): void
  close(): Promise<void>
}

/** Opens scenes, and closes them after each test. */
export function createStage(): Stage {
  const closing: (() => Promise<unknown>)[] = []
  return {
    async scene(answer = fine, options = {}) {
      const state = { answer }
      const issuer = options.issuer ?? await createIssuer()
      const double = await openDouble((request, response) => { state.answer(request, response) })
      const urls = { 'inventory': double.url, 'actor': double.url, 'customer-services': double.url, 'configurations-server': double.url, 'authorization-server': double.url, ...options.urls }
      const gateway = await openGateway({ ...options, issuer, urls })
      closing.push(double.close, () => gateway.app.close())
      return { issuer, state, double, gateway, ask: (path, init = {}) => fetch(gateway.url + path, init) }
    },
    onClose(close) { closing.push(close) },
    async close() { for (const close of closing.splice(0).toReversed()) await close() },
  }
}

export const bearer = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${token}` } })
/** Status and code of a problem. */
export const told = async (answer: Response): Promise<readonly [number, string]> => [answer.status, (await answer.json() as { code: string }).code]
