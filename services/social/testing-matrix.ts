/** Who sees what of social, as a table: kinds of things by what a path begins with, and the rule of each. Whatever route there is, is held to one of them. */
import type { FastifyInstance } from 'fastify'
import { createService } from '../shared/http.ts'
import type { Verifier } from '../shared/identity.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Route } from '../shared/testing-routes.ts'
import { seesActivity, seesCard, type Standing } from '../shared/visibility.ts'
import { away, noDatabase } from '../testing.ts'
import { social } from './app.ts'
import type { SocialPorts } from './ports.ts'

/** Who asks. */
export interface Asker {
  readonly name: string
  /** undefined: nobody who has signed in. */
  readonly who: { readonly token: string } | undefined
  /** The profile that looks; undefined: nobody in particular. */
  readonly profile_id?: string
  readonly moderates?: boolean
  readonly isProgram?: boolean
}

/** What somebody has here. */
export interface Thing {
  readonly name: string
  readonly kind: 'card' | 'review' | 'list' | 'comment' | 'entry'
  readonly id: string
  readonly owner: { readonly profile_id: string; readonly token: string }
  /** Whether it is shown to who asks for it by its id, and whether it is found among others. */
  readonly sees: (standing: Standing) => boolean
  readonly finds: (standing: Standing) => boolean
  /** Paths of what it is found in. */
  readonly within: readonly string[]
}

interface Asked {
  readonly asker: Asker
  readonly thing: Thing
  /** Of the asker to whose the thing is. */
  readonly standing: Standing
  /** What the path ends in, after the thing: `''`, `followers`. */
  readonly tail: string
}

/** What of a member is shown with the card, empty to who is not let in. */
const shelves = ['', 'watchlist', 'favourites', 'lists']
/** Whether a read is answered, by the kind of what is asked for. */
export const rules: Readonly<Record<string, (asked: Asked) => boolean>> = {
  profile_id: ({ asker, thing }) => asker.isProgram === true || asker.who?.token === thing.owner.token,
  member: ({ standing, tail }) => (shelves.includes(tail) ? seesCard : seesActivity)(standing),
  review_id: ({ thing, standing, tail }) => (tail === 'edits' ? standing === 'self' || standing === 'moderator' : thing.sees(standing)),
  list_id: ({ thing, standing }) => thing.sees(standing),
  title_id: () => true,
  members: () => true,
  search: () => true,
  moderation: ({ asker }) => asker.moderates === true,
}

/** The key of the rule that a route goes by: the role it is for, the first thing in its path, or what it looks through. */
export function kindOf({ path, params }: Pick<Route, 'path' | 'params'>): string {
  const [, , first = ''] = path.split('/')
  return first === 'moderation' ? first : (params[0] ?? first)
}

/** What a read is to be answered. */
export function expectedOf(route: Route, asked: Omit<Asked, 'tail'>): number {
  const rule = rules[kindOf(route)]
  if (rule === undefined) throw new Error(`expecting an answer of '${route.name}': no rule says who sees a '${kindOf(route)}'; add one to rules`)
  if (asked.asker.who === undefined && !route.isPublic) return 401
  const tail = route.path.split('}/')[1] ?? ''
  return rule({ ...asked, tail }) ? 200 : kindOf(route) === 'moderation' ? 403 : 404
}

/** Each of what a query may choose among. */
export const choicesOf = ({ query }: Route): readonly Readonly<Record<string, string>>[] =>
  [{}, ...[...query].flatMap(([name, { schema }]) => (schema.enum ?? []).map((choice) => ({ [name]: String(choice) })))]

const absent: unknown = new Proxy({}, { get: () => away })
/** Social over stores that are away as soon as anything is asked but whose a profile is: whoever is let through meets 503. */
export function socialOverNothing(ownerOf: (profile_id: string) => string | undefined, verifier: Verifier): FastifyInstance {
  const sql: Partial<Sql> = {
    rows: async <T>(text: string, [profile_id]: readonly unknown[] = []) => {
      if (text !== 'SELECT account_id FROM social_profiles WHERE profile_id = ?') return away()
      const account_id = ownerOf(String(profile_id))
      return (account_id === undefined ? [] : [{ account_id }]) as unknown as readonly T[]
    },
  }
  const database: Database = { ...noDatabase, read: async (work) => work(sql as Sql) }
  const ports = {
    database, clock: absent, vault: absent, keys: away, activity: absent, notifications: absent, titles: away, findProfile: away, findViewing: away,
    views: { members: absent, lists: absent, reviews: absent, discovery: absent, search: absent },
  } as unknown as SocialPorts
  return createService({ name: 'social', description: '', checks: {}, routes: social(ports), verifier })
}
