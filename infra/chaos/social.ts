/**
 * What members do to one another, through services/social. Only what is surely there, and surely seen by who acts, is acted on: whatever is
 * answered but success, 503 and 429 is then the service's fault. A write that stayed undecided is sent again before anything else is done to its row.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Action } from '@cdlc/services/social/limits.ts'
import { createAllowance } from './allowance.ts'
import { isRemovable, isThere, type Kind, type Ledger, settled, type Value } from './ledger.ts'
import { type Between, commandOf, surelySees, valueAfter } from './relating.ts'
import type { Sender } from './sender.ts'
import { isPrivate, nameOf } from './told.ts'

/** What is liked and commented on. */
export type Subject = 'title' | 'review' | 'list' | 'comment'

export interface Social {
  /** Puts the card of a new profile until that is acknowledged. */
  join(profile_id: string, number: number): Promise<void>
  isMember(profile_id: string): boolean
  rename(profile_id: string, number: number): Promise<void>
  /** Follows, lets in, unfollows, blocks or unblocks: whatever is the next of these two. */
  relate(profile_id: string, other_id: string, isHostile: boolean): Promise<void>
  /** Likes, or likes no more. */
  like(profile_id: string, kind: Subject, subject_id: string): Promise<void>
  review(profile_id: string, title_id: string, half_stars: number): Promise<void>
  revise(review_id: string, half_stars: number): Promise<void>
  comment(profile_id: string, kind: 'review' | 'list', subject_id: string): Promise<void>
  reword(comment_id: string): Promise<void>
  makeList(profile_id: string): Promise<void>
  renameList(list_id: string): Promise<void>
  /** Puts a title into a list, or takes it out. */
  enter(list_id: string, title_id: string): Promise<void>
  /** With all that was said of it and is in it. */
  remove(kind: 'review' | 'comment' | 'list', id: string): Promise<void>
  /** Reads after the last acknowledged write, as its author. */
  read(kind: 'review' | 'list', id: string): Promise<void>
}

const again_ms = 250
/** One in so many lets in alone whom they choose. */
const privateOne = 4
const plural = { review: 'reviews', comment: 'comments', list: 'lists' } as const

export function openSocial({ members: api, sender, ledger, run }: { readonly members: string; readonly sender: Sender; readonly ledger: Ledger; readonly run: string }): Social {
  const allowed = createAllowance()
  const may = (profile_id: string, action: Action): boolean => allowed(profile_id, action, Date.now())
  const of = (profile_id: string): string => `${api}/members/${profile_id}`
  const known = (kind: Kind, id: string) => ledger.known(kind).get(id)
  const isSettled = (kind: Kind, id: string): boolean => (settled(ledger, kind, id) ?? null) !== null
  const pair = (from: string, to: string): readonly [string, string] => [`${from}.${to}`, `${to}.${from}`]
  const between = (from: string, to: string): Between => {
    const [ours, theirs] = pair(from, to)
    return { ours: known('relation', ours), theirs: known('relation', theirs), isPrivate: isPrivate(ledger, to) }
  }
  /** What must stay as it is while somebody acts on a subject; undefined where they may not see it. */
  function seen(profile_id: string, kind: Subject, subject_id: string): readonly string[] | undefined {
    if (kind === 'title') return []
    const owner = ledger.madeBy(subject_id)
    if (owner === undefined || !isSettled(kind, subject_id)) return undefined
    // a comment is seen where what it is written under is
    const above = kind === 'comment' ? String(settled(ledger, 'comment', subject_id)) : undefined
    const around = above === undefined ? [] : seen(profile_id, ledger.known('review').has(above) ? 'review' : 'list', above)
    if (around === undefined) return undefined
    if (owner === profile_id) return [subject_id, ...around]
    return surelySees(between(profile_id, owner)) ? [subject_id, ...pair(profile_id, owner), ...around] : undefined
  }
  const cardOf = (profile_id: string, number: number, change: number, is_private: boolean) => {
    const name = nameOf(is_private, number, change)
    return { kind: 'card', id: profile_id, value: name, method: 'PUT', url: `${of(profile_id)}/card`, body: { handle: `l.${profile_id.toLowerCase()}`, name, is_private } } as const
  }

  /** What goes with a row; undefined where some of it is undecided, but for whether it went already. */
  function endsWith(subject_id: string): readonly { readonly kind: Kind; readonly id: string }[] | undefined {
    const ends: { readonly kind: Kind; readonly id: string }[] = []
    for (const kind of ['like', 'entry', 'comment'] as const) {
      for (const [id, { acknowledged, tried }] of ledger.known(kind)) {
        const about: Value = kind === 'comment' ? acknowledged?.value ?? null : id.slice(0, id.indexOf('.'))
        if (about !== subject_id || (tried.length === 0 && (acknowledged?.value ?? null) === null)) continue
        if (acknowledged === undefined || tried.some((value) => value !== null)) return undefined
        const further = kind === 'comment' ? endsWith(id) : []
        if (further === undefined) return undefined
        ends.push(...further, { kind, id })
      }
    }
    return ends
  }

  return {
    async join(profile_id, number) {
      const isClosed = number % privateOne === privateOne - 1
      while (known('card', profile_id)?.acknowledged === undefined) {
        await sender.write(cardOf(profile_id, number, 0, isClosed))
        if (known('card', profile_id)?.acknowledged === undefined) await delay(again_ms)
      }
    },
    isMember: (profile_id) => known('card', profile_id)?.acknowledged !== undefined,
    async rename(profile_id, number) {
      if (may(profile_id, 'card')) await sender.write(cardOf(profile_id, number, Date.now(), isPrivate(ledger, profile_id)))
    },
    async relate(profile_id, other_id, isHostile) {
      const stand = between(profile_id, other_id)
      const command = commandOf(stand, isHostile)
      if (command === undefined || profile_id === other_id) return
      const [id, theirs] = pair(profile_id, other_id)
      const [actor, path] = command === 'let_in' ? [other_id, `follow-requests/${profile_id}`]
        : [profile_id, `${command === 'follow' || command === 'unfollow' ? 'following' : 'blocks'}/${other_id}`]
      if (!may(actor, 'relate')) return
      const value = valueAfter(command, stand.isPrivate)
      const ended = command === 'block' && stand.theirs?.acknowledged !== undefined && (stand.theirs.acknowledged.value !== null || stand.theirs.tried.length > 0)
      await sender.write({
        kind: 'relation', id, value, method: value === null ? 'DELETE' : 'PUT', url: `${of(actor)}/${path}`, ...(ended ? { ends: [{ kind: 'relation', id: theirs }] } : { beside: [theirs] }),
      })
    },
    async like(profile_id, kind, subject_id) {
      const id = `${subject_id}.${profile_id}`
      const like = known('like', id)
      const last = like === undefined ? null : like.tried.at(-1) ?? like.acknowledged?.value ?? null
      // one that is there is taken back, and what is open is sent again
      const value = (like?.tried.length ?? 0) > 0 ? last : last === null ? kind : null
      const beside = value === null ? (kind === 'title' ? [] : [subject_id]) : seen(profile_id, kind, subject_id)
      // what has gone takes its likes along
      if (beside === undefined || (value === null && kind !== 'title' && !isSettled(kind, subject_id)) || (value !== null && !may(profile_id, 'like'))) return
      await sender.write({ kind: 'like', id, value, method: value === null ? 'DELETE' : 'PUT', url: `${of(profile_id)}/likes/${kind}/${subject_id}`, beside })
    },
    async review(by, title_id, half_stars) {
      if (!may(by, 'review')) return
      const body = { title_id, body: `Half stars: *${half_stars}*.`, spoiler: false, language: 'en', stars: half_stars / 2 }
      await sender.make({ kind: 'review', value: half_stars, by, url: `${of(by)}/reviews`, body })
    },
    async revise(review_id, half_stars) {
      const author = ledger.madeBy(review_id) ?? ''
      if (!isThere(ledger, 'review', review_id) || !may(author, 'review')) return
      const body = { stars: half_stars / 2, body: `Half stars: ${half_stars}, on second thoughts.` }
      await sender.write({ kind: 'review', id: review_id, value: half_stars, method: 'PATCH', url: `${of(author)}/reviews/${review_id}`, body })
    },
    async comment(by, subject_kind, subject_id) {
      const beside = seen(by, subject_kind, subject_id)
      if (beside === undefined || !may(by, 'comment')) return
      await sender.make({ kind: 'comment', value: subject_id, by, beside, url: `${of(by)}/comments`, body: { subject_kind, subject_id, body: `${run} was here.` } })
    },
    async reword(comment_id) {
      const author = ledger.madeBy(comment_id) ?? ''
      const value = known('comment', comment_id)?.acknowledged?.value ?? null
      if (!isThere(ledger, 'comment', comment_id) || !may(author, 'comment')) return
      await sender.write({ kind: 'comment', id: comment_id, value, method: 'PATCH', url: `${of(author)}/comments/${comment_id}`, body: { body: `${run} was here at ${Date.now()}.` } })
    },
    async makeList(by) {
      const name = `Load ${run} list ${ledger.posted('list')}`
      if (may(by, 'list')) await sender.make({ kind: 'list', value: name, by, url: `${of(by)}/lists`, body: { name, visibility: 'public', ranked: false } })
    },
    async renameList(list_id) {
      const name = `Load ${run} list at ${Date.now()}`
      if (isThere(ledger, 'list', list_id)) await sender.write({ kind: 'list', id: list_id, value: name, method: 'PATCH', url: `${of(ledger.madeBy(list_id) ?? '')}/lists/${list_id}`, body: { name } })
    },
    async enter(list_id, title_id) {
      const id = `${list_id}.${title_id}`
      const owner = ledger.madeBy(list_id) ?? ''
      const entry = settled(ledger, 'entry', id)
      if (!isSettled('list', list_id) || !may(owner, 'list_entry')) return
      const last = entry === undefined ? known('entry', id)?.tried.at(-1) ?? null : entry === null ? owner : null
      const url = `${of(owner)}/lists/${list_id}/entries/${title_id}`
      await sender.write({ kind: 'entry', id, value: last, url, beside: [list_id], ...(last === null ? { method: 'DELETE' } : { method: 'PUT', body: {} }) })
    },
    async remove(kind, id) {
      const ends = endsWith(id)
      if (ends !== undefined && isRemovable(ledger, kind, id)) await sender.write({ kind, id, value: null, method: 'DELETE', url: `${of(ledger.madeBy(id) ?? '')}/${plural[kind]}/${id}`, ends })
    },
    read(kind, id) {
      const url = `${api}/${plural[kind]}/${id}?as=${ledger.madeBy(id) ?? ''}`
      return sender.read(kind, id, url, (body) => (kind === 'review' ? (body as { readonly stars: number }).stars * 2 : (body as { readonly name: string }).name))
    },
  }
}
