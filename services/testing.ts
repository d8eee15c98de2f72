/** Services for tests: every component's routes over doubles of its ports, to be injected into. */
import type { FastifyInstance } from 'fastify'
import type { ActorPorts } from './actor/ports.ts'
import { actor } from './actor/app.ts'
import { customerServices } from './customer-services/app.ts'
import type { CustomerPorts } from './customer-services/ports.ts'
import { inventory } from './inventory/app.ts'
import type { InventoryPorts } from './inventory/ports.ts'
import { usualSettings, viewsOf } from './inventory/testing.ts'
import { createClock } from './shared/clock.ts'
import { Unavailable } from './shared/errors.ts'
import { serviceFor } from './shared/testing.ts'
import type { Database } from './shared/mysql.ts'
import { openVault } from './shared/personal-data.ts'

/** Any question to a store that is away. */
export const away = async (): Promise<never> => {
  throw new Unavailable('connecting')
}
/** A database that is away. */
export const noDatabase: Database = { read: away, readCopy: away, transact: away, ping: away, close: async () => {} }

const base = { database: noDatabase, clock: createClock() }
export const inventoryPorts: InventoryPorts = {
  ...base,
  views: viewsOf(),
  settings: usualSettings,
  outbox: { prepare: async () => {}, write: async () => {} },
  ratingHistogram: away,
}
export const actorPorts: ActorPorts = {
  ...base,
  views: {
    titles: async (ids) => new Set(ids),
    cards: async (ids) => ids.map(() => undefined),
    person: async () => undefined,
    credits: async () => [],
    path: async () => undefined,
    search: async () => [],
  },
}
export const customerPorts: CustomerPorts = {
  ...base,
  vault: openVault(Buffer.alloc(32)),
  accountOf: async () => undefined,
  credentials: { sessions: away, end: away, erase: away },
  social: { eraseAccount: away, eraseProfile: away, importItems: away, exportAccount: async function* () { yield await away() } },
  activity: { prepare: async () => {}, write: async () => {} },
  accountPage: 'http://localhost:8080/auth/account',
  views: {
    titles: async (ids) => new Set(ids), candidates: away, named: away,
    diary: async () => [], entry: async () => undefined, viewing: async () => undefined, viewings: async () => [], viewingsOf: async () => [],
  },
}

export const inventoryOver = (ports: Partial<InventoryPorts> = {}): FastifyInstance =>
  serviceFor({ name: 'inventory', description: '', checks: {}, routes: inventory({ ...inventoryPorts, ...ports }) })
export const actorOver = (ports: Partial<ActorPorts> = {}): FastifyInstance =>
  serviceFor({ name: 'actor', description: '', checks: {}, routes: actor({ ...actorPorts, ...ports }) })
export const customerOver = (ports: Partial<CustomerPorts> = {}): FastifyInstance =>
  serviceFor({ name: 'customer-services', description: '', checks: {}, routes: customerServices({ ...customerPorts, ...ports }) })

/** Identities that look right and belong to nobody. */
export const id = {
  title: '01M82P61YF99KN34EXDR5JSDHM',
  person: '01M82P61YF99KN34EXDR5JSDHN',
  profile: '01M82P8JF5YHD94TE2EGCK7QBM',
  account: '01M82P8HH06QZ2SZKEGB8C20R2',
  credit: '01M82P8HH06QZ2SZKEGB8C20R3',
}
