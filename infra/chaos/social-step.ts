/** One action of a member, chosen by chance among what there is to act on. */
import type { Random } from '@cdlc/streams/simulator/random.ts'
import { type Kind, type Ledger, settled } from './ledger.ts'
import type { Writer } from './writer.ts'

/** The newest of what may be written to. */
export interface Around { readonly titles: readonly string[]; readonly profiles: readonly string[] }
type Known = Pick<Ledger, 'known'>

/** Of each kind only the newest are acted on, and so many at most are there at once. */
const most = 30

/** Those that may still be there, the newest of them. */
function standing(ledger: Known, kind: Kind): readonly string[] {
  const found: string[] = []
  for (const [id, { acknowledged, tried }] of ledger.known(kind)) if ((acknowledged?.value ?? null) !== null || tried.length > 0) found.push(id)
  return found.slice(-most)
}

/** Shares of what members do. */
const shares = { relate: 22, like: 24, comment: 14, review: 12, list: 6, entry: 8, viewing: 10, card: 1, read: 3 } as const
type Doing = keyof typeof shares
const all = Object.entries(shares) as readonly (readonly [Doing, number])[]
const whole = all.reduce((sum, [, share]) => sum + share, 0)

function doing(random: Random): Doing {
  let left = random.next() * whole
  return all.find(([, share]) => (left -= share) < 0)?.[0] ?? 'like'
}

/** Makes one of a kind where there are few, else changes one or, one time in three, removes one. */
function turn(random: Random, there: readonly string[], make: () => Promise<void>, change: (id: string) => Promise<void>, remove: (id: string) => Promise<void>): Promise<void> {
  if (there.length === 0 || random.next() > there.length / most) return make()
  const id = random.pick(there)
  return random.chance(1 / 3) ? remove(id) : change(id)
}

/** What is liked or commented on: one of these, or a title where there is none. */
function subject<K extends Kind>(ledger: Known, random: Random, kinds: readonly K[]): readonly [K, string] | undefined {
  const kind = random.pick(kinds)
  const there = standing(ledger, kind).filter((id) => settled(ledger, kind, id) !== undefined)
  return there.length === 0 ? undefined : [kind, random.pick(there)]
}

/** Does it; nothing where chance has picked what cannot be done now. */
export function socialStep({ social, watch, judge, forget }: Writer, ledger: Known, random: Random, { titles, profiles }: Around): Promise<void> {
  const [profile, title] = [random.pick(profiles), random.pick(titles)]
  const there = (kind: Kind): readonly string[] => standing(ledger, kind)
  switch (doing(random)) {
    case 'relate': return social.relate(profile, random.pick(profiles), random.chance(0.1))
    case 'like': {
      const [kind, id] = (random.chance(0.6) ? subject(ledger, random, ['review', 'list', 'comment']) : undefined) ?? ['title', title] as const
      return social.like(profile, kind, id)
    }
    case 'comment': return turn(random, there('comment'), async () => {
      const found = subject(ledger, random, ['review', 'list'])
      if (found !== undefined) await social.comment(profile, ...found)
    }, social.reword, (id) => social.remove('comment', id))
    case 'review': {
      const stars = random.between(1, 10)
      return turn(random, there('review'), () => social.review(profile, title, stars), (id) => social.revise(id, stars), (id) => social.remove('review', id))
    }
    case 'list': return turn(random, there('list'), () => social.makeList(profile), social.renameList, (id) => social.remove('list', id))
    case 'entry': {
      const lists = there('list')
      return lists.length === 0 ? social.makeList(profile) : social.enter(random.pick(lists), title)
    }
    case 'viewing': return turn(random, there('viewing'), () => watch(profile, title), (id) => judge(id, random.chance(0.5)), forget)
    case 'card': return social.rename(profile, random.below(1_000))
    case 'read': {
      const found = subject(ledger, random, ['review', 'list'])
      return found === undefined ? Promise.resolve() : social.read(...found)
    }
  }
}
