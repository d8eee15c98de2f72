/** The authorization server over the real MySQL and Redis, listening on a port of its own; accounts and mails are kept in memory. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import type { FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { generate } from 'otplib'
import { newId } from '../shared/clock.ts'
import { configFrom } from '../shared/config.ts'
import { createService } from '../shared/http.ts'
import { openVerifier, trustOf, type Verifier } from '../shared/identity.ts'
import { migrate } from '../shared/migrate.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import { normalEmail } from '../shared/personal-data.ts'
import { openPlatform, type Platform } from '../shared/platform.ts'
import type { Account, Accounts } from './accounts.ts'
import { openAuthorization, type Opened, type Replaced } from './app.ts'
import type { Letter } from './mail/letters.ts'
import { openPasswords, type Passwords } from './passwords.ts'

/** Accounts in memory. */
export function memoryAccounts(): Accounts {
  const known = new Map<string, Account>()
  const find = async (email: string): Promise<Account | undefined> => [...known.values()].find((account) => normalEmail(account.email) === normalEmail(email))
  return {
    find,
    get: async (account_id) => known.get(account_id),
    async open(email, country) {
      const account = (await find(email)) ?? { account_id: newId(Date.now() * 1_000), email, country }
      known.set(account.account_id, account)
      return account
    },
    async changeEmail(account_id, email) {
      const [account, holder] = [known.get(account_id), await find(email)]
      if (account === undefined || (holder !== undefined && holder.account_id !== account_id)) return false
      known.set(account_id, { ...account, email })
      return true
    },
    close: () => undefined,
  }
}

/** Passwords that count what they compute. */
export interface Counted extends Passwords {
  readonly computed: { hash: number; verify: number }
}
function countedPasswords(): Counted {
  const real = openPasswords()
  const computed = { hash: 0, verify: 0 }
  return {
    computed,
    hash: (password) => { computed.hash += 1; return real.hash(password) },
    verify: (stored, password) => { computed.verify += 1; return real.verify(stored, password) },
  }
}

export interface Running extends Opened {
  readonly app: FastifyInstance
  readonly platform: Platform
  readonly verifier: Verifier
  /** Where it listens, and the issuer. */
  readonly url: string
  readonly passwords: Counted
  readonly letters: readonly Letter[]
  /** Opens an account that may sign in; answers its id. */
  enrol(email: string, password: string, roles?: readonly string[]): Promise<string>
  /** The link in the newest letter to an address, waited for; each is given once. */
  linkTo(email: string): Promise<URL>
  stop(): Promise<void>
}

/** A database with a table of its own in place of one: what runs besides the test must neither see nor touch what it does there. */
export async function withOwnTable(real: Database, table: string): Promise<{ readonly database: Database; drop(): Promise<void> }> {
  const own = `${table}_${randomUUID().replaceAll('-', '')}`
  const text = (statement: string): string => statement.replaceAll(table, own)
  const over = <T>(work: (sql: Sql) => Promise<T>) => (sql: Sql): Promise<T> => work({ ...sql, rows: (statement, params) => sql.rows(text(statement), params), run: (statement, params) => sql.run(text(statement), params) })
  await real.read((sql) => sql.run(`CREATE TABLE ${own} LIKE ${table}`))
  return {
    database: { ...real, read: (work) => real.read(over(work)), transact: (work) => real.transact(over(work)) },
    drop: async () => {
      await real.read((sql) => sql.run(`DROP TABLE ${own}`))
    },
  }
}

/** The code that an authenticator app shows now. */
export const codeOf = (secret: string): Promise<string> => generate({ secret })

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => { resolve(typeof address === 'object' && address !== null ? address.port : 0) })
  })
})

/** Starts it. */
export async function startServer(replaced: Replaced = {}): Promise<Running> {
  const url = `http://localhost:${await freePort()}`
  const endpoints = endpointsFrom({ ...process.env, CDLC_GATEWAY_URL: url, CDLC_AUTHORIZATION_URL: url })
  await migrate(endpoints)
  const platform = openPlatform(endpoints, configFrom(process.env))
  const letters: Letter[] = []
  const given = new Set<string>()
  const passwords = countedPasswords()
  const post = { send: async (letter: Letter): Promise<void> => { letters.push(letter) } }
  const opened = openAuthorization(platform, { accounts: memoryAccounts(), passwords, post, ...replaced })
  const verifier = openVerifier(trustOf('authorization-server', endpoints))
  const { rpc: _, port: __, start, ...service } = opened.service
  const app = createService({ ...service, verifier })
  await app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })
  const end = await start?.()
  const { accounts, credentials } = opened.ports
  return {
    ...opened, app, platform, verifier, url, passwords, letters,
    async enrol(email, password, roles = ['viewer']) {
      const { account_id } = await accounts.open(email, 'GB')
      await credentials.enrol(account_id, await openPasswords().hash(password), roles as never)
      return account_id
    },
    async linkTo(email) {
      for (let attempt = 0; attempt < 200; attempt++) {
        const letter = letters.findLast(({ to }) => to === email)
        const [link] = /https?:\/\/\S+/.exec(letter?.text ?? '') ?? []
        if (link !== undefined && !given.has(link)) {
          given.add(link)
          return new URL(link)
        }
        await new Promise((resolve) => { setTimeout(resolve, 50) })
      }
      throw new Error(`waiting for a letter with a link: none came within 10 s`)
    },
    async stop() {
      await app.close()
      await end?.()
      await platform.close()
    },
  }
}
