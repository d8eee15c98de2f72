/**
 * What the load's writes must have told to feeds (`user.activity`) and to people (`user.notifications`), as services/social says: pure.
 * What a program enters into a diary or rates is told to nobody.
 */
import type { Row } from './holds.ts'
import type { Acknowledged, Kind, Ledger } from './ledger.ts'

/** An event by its row's version; a like's by the instant (ms) that it was given at. */
export interface ToldOnce { readonly id: string; readonly version: number }
export interface Expected {
  /** Surely told. */
  readonly told: readonly ToldOnce[]
  /** Ids of what stands now, or no longer does. */
  readonly stands: ReadonlyMap<string, boolean>
}
type Rows = (kind: Kind) => ReadonlyMap<string, Row>
type Written = Pick<Ledger, 'known' | 'acknowledged' | 'madeBy'>

/** Members whose names begin so let in whom they choose; a card's name tells, as a campaign that goes on has no other memory. */
const closed = 'Closed'
export const nameOf = (isPrivate: boolean, number: number, change = 0): string => `${isPrivate ? closed : 'Open'} ${number}, ${change}`
/** Whether a member lets in alone whom they choose. */
export const isPrivate = (ledger: Pick<Ledger, 'known'>, profile_id: string): boolean =>
  String(ledger.known('card').get(profile_id)?.acknowledged?.value ?? '').startsWith(closed)

const ids = (id: string): readonly [string, string] => {
  const [a = '', b = ''] = id.split('.')
  return [a, b]
}
/** What was there, at the first it is known of. */
function firsts(writes: readonly Acknowledged[]): readonly Acknowledged[] {
  const seen = new Set<string>()
  return writes.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** Titles are told of at every version. */
export const titlesTold = (ledger: Written): Expected => ({ told: ledger.acknowledged('title'), stands: new Map() })

/** What feeds are told. */
export function activityOf(ledger: Written, rows: Rows): Expected {
  const written = (kind: Kind): readonly Acknowledged[] => ledger.acknowledged(kind).filter(({ value }) => value !== null)
  const as = (name: string, writes: readonly Acknowledged[]): readonly ToldOnce[] => writes.map(({ id, version }) => ({ id: `${name}:${id}`, version }))
  const stand = (name: string, kind: Kind, is: (row: Row | undefined) => boolean = (row) => row !== undefined): readonly (readonly [string, boolean])[] =>
    [...ledger.known(kind).keys()].map((id) => [`${name}:${id}`, is(rows(kind).get(id))] as const)
  return {
    told: [
      ...as('reviewed', written('review')), ...as('liked', written('like')), ...as('followed', written('relation').filter(({ value }) => value === 'following')),
      // other words in a comment, and another name of a list, are no news
      ...as('commented', firsts(written('comment'))), ...as('listed', firsts(written('list'))),
    ],
    stands: new Map([
      ...stand('reviewed', 'review'), ...stand('liked', 'like'), ...stand('commented', 'comment'), ...stand('listed', 'list'), ...stand('followed', 'relation', (row) => row?.value === 'following'),
    ]),
  }
}

/**
 * What people are told of followers; and of likes and comments by those whom everybody sees, of what is not their own. Of likes of a comment
 * only under what is its author's, who surely sees that: what others have written may have been closed to them since.
 */
export function notificationsOf(ledger: Written, rows: Rows): Expected {
  const told: ToldOnce[] = []
  const stands = new Map<string, boolean>()
  const accepted = (id: string): string => `follow_accepted:${ids(id).toReversed().join('.')}`
  for (const { id, value, version } of ledger.acknowledged('relation')) {
    if (value === 'requested') told.push({ id: `follow_requested:${id}`, version })
    if (value === 'following') told.push({ id: isPrivate(ledger, ids(id)[1]) ? accepted(id) : `followed:${id}`, version })
  }
  for (const id of ledger.known('relation').keys()) {
    const now = rows('relation').get(id)?.value
    if (isPrivate(ledger, ids(id)[1])) stands.set(`follow_requested:${id}`, now === 'requested').set(accepted(id), now === 'following')
    else stands.set(`followed:${id}`, now === 'following')
  }
  const heard = (actor: string | undefined, subject_id: string): boolean =>
    actor !== undefined && !isPrivate(ledger, actor) && ledger.madeBy(subject_id) !== undefined && ledger.madeBy(subject_id) !== actor
  const under = new Map(firsts(ledger.acknowledged('comment')).map(({ id, value }) => [id, String(value)]))
  const isAmongOwn = (comment_id: string): boolean => ledger.madeBy(under.get(comment_id) ?? '') === ledger.madeBy(comment_id)
  for (const { id, value, version } of ledger.acknowledged('like')) {
    const [subject_id, actor] = ids(id)
    if (value !== null && value !== 'title' && heard(actor, subject_id) && (value !== 'comment' || isAmongOwn(subject_id))) told.push({ id: `${value}_liked:${id}`, version })
  }
  for (const { id, value, version } of firsts(ledger.acknowledged('comment'))) if (heard(ledger.madeBy(id), String(value))) told.push({ id: `commented:${id}`, version })
  return { told, stands }
}
