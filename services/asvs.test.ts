/** ASVS.md holds what it says: every requirement once, counts that add up, tests and places that exist. And controls that no other test looks at. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { InjectOptions } from 'fastify'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { clientsOf } from './authorization-server/clients.ts'
import { openForms } from './authorization-server/forms.ts'
import { documentOf, headersOf } from './authorization-server/pages/layout.ts'
import { codePage, consentPage, expiredPage, signInPage } from './authorization-server/pages/sign-in.ts'
import { confirmPage, forgotPage, resetPage, signUpPage } from './authorization-server/pages/sign-up.ts'
import { openPasswords } from './authorization-server/passwords.ts'
import { createProvider } from './authorization-server/provider.ts'
import { createIssuer, makeGateway } from './gateway/testing.ts'
import { programs } from './shared/config.ts'
import { actorOver, customerOver, inventoryOver } from './testing.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('ASVS.md', import.meta.url), 'utf8')

/** Levels of the requirements of each section, in order; sections whose requirements are all of level 3 are left out, as those at an end are. */
const levels: Readonly<Record<string, string>> = {
  'V1.1': '2 2', 'V1.2': '1 1 1 1 1 2 2 2 2', 'V1.3': '1 1 2 2 2 2 2 2 2 2 2', 'V1.4': '2 2 2', 'V1.5': '1 2',
  'V2.1': '1 2 2', 'V2.2': '1 1 2', 'V2.3': '1 2 2 2', 'V2.4': '2',
  'V3.2': '1 1', 'V3.3': '1 2 2 2', 'V3.4': '1 1 2 2 2 2', 'V3.5': '1 1 1 2 2', 'V3.7': '2 2',
  'V4.1': '1 2 2', 'V4.2': '2', 'V4.3': '2 2', 'V4.4': '1 2 2 2',
  'V5.1': '2', 'V5.2': '1 1 2', 'V5.3': '1 1', 'V5.4': '2 2 2',
  'V6.1': '1 2 2', 'V6.2': '1 1 1 1 1 1 1 1 2 2 2 2', 'V6.3': '1 1 2 2', 'V6.4': '1 1 2 2', 'V6.5': '2 2 2 2 2', 'V6.6': '2 2 2', 'V6.8': '2 2 2 2',
  'V7.1': '2 2 2', 'V7.2': '1 1 1 1', 'V7.3': '2 2', 'V7.4': '1 1 2 2 2', 'V7.5': '2 2', 'V7.6': '2 2',
  'V8.1': '1 2', 'V8.2': '1 1 2', 'V8.3': '1', 'V8.4': '2',
  'V9.1': '1 1 1', 'V9.2': '1 2 2 2',
  'V10.1': '2 2', 'V10.2': '2 2', 'V10.3': '2 2 2 2', 'V10.4': '1 1 1 1 1 2 2 2 2 2 2', 'V10.5': '2 2 2 2 2', 'V10.6': '2 2', 'V10.7': '2 2 2',
  'V11.1': '2 2', 'V11.2': '2 2 2', 'V11.3': '1 1 2', 'V11.4': '1 2 2 2', 'V11.5': '2', 'V11.6': '2',
  'V12.1': '1 2 2', 'V12.2': '1 1', 'V12.3': '2 2 2 2',
  'V13.1': '2', 'V13.2': '2 2 2 2 2', 'V13.3': '2 2', 'V13.4': '1 2 2 2 2',
  'V14.1': '2 2', 'V14.2': '1 2 2 2', 'V14.3': '1 2 2',
  'V15.1': '1 2 2', 'V15.2': '1 2 2', 'V15.3': '1 2 2 2 2 2 2',
  'V16.1': '2', 'V16.2': '2 2 2 2 2', 'V16.3': '2 2 2 2', 'V16.4': '2 2 2', 'V16.5': '2 2 2',
  'V17.1': '2', 'V17.2': '2 2 2 2', 'V17.3': '2 2',
}
const required = Object.entries(levels).flatMap(([section, of]) => of.split(' ').map((level, index) => `${section.slice(1)}.${index + 1} ${level}`))

const kinds = ['test', 'by construction', 'n/a', 'open'] as const
type Kind = (typeof kinds)[number]
interface Row { readonly id: string; readonly level: string; readonly short: string; readonly kind: Kind; readonly severity: string | undefined; readonly held: string }
const rows = [...page.matchAll(/^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| (test|by construction|n\/a|open)(?: \((low|medium|high)\))?: ([^|]+) \|$/gm)]
  .map(([, id = '', level = '', short = '', kind, severity, held = '']): Row => ({ id, level, short, kind: kind as Kind, severity, held }))

const named = [...page.matchAll(/`([\w./-]+\.test\.ts)` › "([^"]+)"/g)].map(([, file = '', name = '']) => ({ file, name }))
const placed = [...page.matchAll(/`([\w./-]+\.(?:ts|md))` › `([^`]+)`/g)].map(([, file = '', name = '']) => ({ file, name }))
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8')

describe('the page', () => {
  test('has every requirement of levels 1 and 2 once, in order, with its level', () => {
    expect(required).toHaveLength(253)
    expect(rows.map(({ id, level }) => `${id} ${level}`)).toEqual(required)
    expect(page.match(/^\| \d+\.\d+\.\d+ /gm)).toHaveLength(253)
  })
  test('says each in eight words at most, and how much an open one matters', () => {
    for (const { id, short, kind, severity } of rows) expect([id, short.split(' ').length <= 8, severity !== undefined]).toEqual([id, true, kind === 'open'])
  })
  test('has a test in each row that says so, a place in each that is held by construction, a reason in the others, and no test where it is open', () => {
    const problem = ({ kind, held }: Row): boolean => ({
      'test': !/\.test\.ts` › "/.test(held),
      'by construction': !/`[\w./-]+\.\w+`/.test(held) || /\.test\.ts`/.test(held),
      'n/a': held.split(' ').length < 2,
      'open': held.split(' ').length < 4 || /\.test\.ts`/.test(held),
    })[kind]
    expect(rows.filter(problem).map(({ id }) => id)).toEqual([])
  })
  test('counts right, by chapter and in all', () => {
    const countOf = (of: readonly Row[]): string => [of.length, ...kinds.map((kind) => of.filter((row) => row.kind === kind).length)].join(' | ')
    const chapters = [...page.matchAll(/^## (V(\d+) .+)$/gm)].map(([, title = '', number = '']) => `| ${title} | ${countOf(rows.filter(({ id }) => id.startsWith(`${number}.`)))} |`)
    expect(chapters).toHaveLength(17)
    for (const line of [...chapters, `| all | ${countOf(rows)} |`]) expect(page.split('\n')).toContain(line)
  })
  test('names tests that there are', () => {
    expect(named.length).toBeGreaterThan(100)
    const isThere = ({ file, name }: { readonly file: string; readonly name: string }): boolean => existsSync(`${root}/${file}`)
      // quotes may be escaped in the source
      && new RegExp(String.raw`(?:\b(?:test|it|describe)|\))\(\s*(["'\`])${escaped(name).replaceAll("'", String.raw`\\?'`)}\1,`).test(read(file))
    expect(named.filter((one) => !isThere(one))).toEqual([])
  })
  test('names places that there are', () => {
    const isThere = ({ file, name }: { readonly file: string; readonly name: string }): boolean => existsSync(`${root}/${file}`)
      && new RegExp(file.endsWith('.md') ? `^#+ ${escaped(name)}$` : String.raw`^export (?:async )?(?:const|function|interface|type) ${escaped(name)}\b`, 'm').test(read(file))
    expect(placed.length).toBeGreaterThan(50)
    expect(placed.filter((one) => !isThere(one))).toEqual([])
    const files = [...page.matchAll(/`([a-z][\w-]*(?:\/[\w.-]+)+\.\w+|package-lock\.json)`/g)].map(([, file = '']) => file)
    expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([])
  })
})

const place = { path: '/auth/interaction/x', csrf: 'x' }
const signedUp = { csrf: 'x', email: 'ada@example.invalid', interaction: 'x' }
const withPassword = [signInPage({ ...place, client: 'app', email: '', uid: 'x' }), signUpPage(signedUp), confirmPage({ csrf: 'x', token: 'x' }), resetPage({ csrf: 'x', token: 'x' })]
const pages = [...withPassword, codePage(place), consentPage({ ...place, client: 'app', email: '', wishes: [] }), expiredPage, forgotPage(signedUp)]

describe('what no other test looks at', () => {
  test('every answer of the gateway keeps to HTTPS, is not sniffed or framed, runs no script, and tells no other site of where it came from', async () => {
    const { app } = await makeGateway({ issuer: await createIssuer() })
    const asked: readonly (readonly [number, InjectOptions])[] = [
      [200, { url: '/healthz' }], [404, { url: '/nowhere' }], [400, { url: '/v1/titles%2Fx' }], [401, { url: '/v1/profiles/x', headers: { authorization: 'Bearer x' } }], [404, { url: '/v1/accounts', method: 'POST' }],
    ]
    for (const [status, request] of asked) {
      const { statusCode, headers } = await app.inject(request)
      expect([statusCode, headers]).toEqual([status, expect.objectContaining({
        'strict-transport-security': 'max-age=31536000; includeSubDomains', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin',
        'content-security-policy': expect.stringMatching(/^default-src 'none'.*frame-ancestors 'none'/) as string, 'content-type': expect.stringMatching(/^application\/(problem\+)?json/) as string,
      })])
    }
    await app.close()
  })
  test('every page says its charset, is kept by nobody, loads nothing from elsewhere and is in no frame', () => {
    for (const one of pages) {
      expect(headersOf(one)).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      const policy = headersOf(one)['content-security-policy'] ?? ''
      for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) expect(policy.split('; ')).toContain(part)
      expect(`${policy} ${documentOf(one)}`).not.toMatch(/unsafe-|https?:/)
    }
  })
  test('cookies are for this host and HTTPS alone where the issuer is https, and say so by name', async () => {
    const masterKey = Buffer.alloc(32)
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const keys = [{ generation: 1, kid: 'x', signs_from: 0, jwk: { ...await exportJWK(privateKey), kid: 'x', alg: 'ES256' } }]
    const namesAt = (url: string): readonly string[] => {
      const provider = createProvider({ endpoints: { gateway: { url } }, config: { masterKey, secretOf: () => 'a secret of some length' }, adapter: () => ({}) as never, findAccount: async () => undefined, keys })
      const set: string[] = []
      openForms(masterKey, url).browser({ headers: {} } as never, { header: (_name: string, value: string) => set.push(value) } as never)
      return [...['session', 'interaction', 'resume'].map((kind) => (provider as unknown as { cookieName(kind: string): string }).cookieName(kind)), set.join().replace(/=[\w-]+/, '')]
    }
    expect(namesAt('https://creme.example')).toEqual(['__Host-cdlc_session', '__Secure-cdlc_interaction', '__Secure-cdlc_resume', '__Secure-cdlc_form; Path=/auth; HttpOnly; SameSite=Lax; Max-Age=86400; Secure'])
    expect(namesAt('http://localhost:8080').join()).not.toMatch(/__|Secure/)
  })
  test('a password is typed unseen, may be pasted, and is offered to managers of passwords', () => {
    for (const one of withPassword) {
      const inputs = [...documentOf(one).matchAll(/<input[^>]* name="password"[^>]*>/g)].map(([input]) => input)
      expect(inputs).toHaveLength(1)
      expect(inputs[0]).toMatch(/ type="password" autocomplete="(?:new|current)-password"/)
      expect(inputs[0]).not.toMatch(/onpaste|readonly|autocomplete="off"/)
    }
    expect(read('services/authorization-server/assets/passkeys.js')).not.toMatch(/paste|preventDefault/)
  })
  test('a password is hashed by argon2id at its cost, and verified in full and in its own case', async () => {
    const passwords = openPasswords()
    const password = `Quiet lantern ${'x'.repeat(100)}`
    const stored = await passwords.hash(password)
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await Promise.all([password, password.toLowerCase(), password.slice(0, -1), `${password} `].map((typed) => passwords.verify(stored, typed)))).toEqual([true, false, false, false])
  })
  test('no application may use a grant or an answer that OAuth 2.1 left out, and each has those of its kind alone', () => {
    const clients = clientsOf({ gateway: { url: 'https://creme.example' } }, () => 'secret')
    const of = Object.fromEntries(clients.map(({ client_id, grant_types, response_types, client_secret }) => [client_id, [grant_types.join(' '), response_types.join(' '), client_secret !== undefined]]))
    expect(of).toEqual({
      ...Object.fromEntries(programs.map((program) => [program, ['client_credentials', '', true]])),
      'cdlc-web': ['authorization_code refresh_token', 'code', false], 'cdlc-app': ['authorization_code refresh_token', 'code', false],
      'cdlc-tv': ['urn:ietf:params:oauth:grant-type:device_code refresh_token', '', false], 'cdlc-account': ['authorization_code', 'none', false],
    })
  })
  test('nobody answers TRACE', async () => {
    for (const app of [inventoryOver(), actorOver(), customerOver(), (await makeGateway({ issuer: await createIssuer() })).app]) {
      for (const url of ['/healthz', '/v1/titles', '/']) expect([404, 405]).toContain((await app.inject({ method: 'TRACE' as 'GET', url, headers: { authorization: '' } })).statusCode)
      await app.close()
    }
  })
  test('no component starts a process, makes code of text, turns a check of certificates off, or keeps anything in a browser', () => {
    const files = globSync('services/**/*.{ts,js}', { cwd: root, exclude: (file) => /node_modules|\.test\.ts$|testing/.test(file) })
    expect(files.length).toBeGreaterThan(150)
    const unwanted = /child_process|(?<![.\w])eval\(|new Function\(|node:vm|rejectUnauthorized|TLS_REJECT|localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML/
    expect(files.filter((file) => unwanted.test(read(file)))).toEqual([])
  })
})
