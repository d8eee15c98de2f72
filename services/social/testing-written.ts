/** A title that people have reviewed, and who they are: doubles of views, without a store. */
import { openVault } from '../shared/personal-data.ts'
import type { Card, MemberViews, Relation } from './member-views.ts'
import type { ReviewViews, ViewedComment, ViewedReview } from './review-views.ts'
import { TEXT } from './texts.ts'

/** An id that ends like this. */
export const id = (last: string): string => `01JD0Z3V9Q4T6M2X8B7C5N1K${last.padStart(2, '0')}`
/** Bob is private and has let Cy in; Ada has blocked Eve; Zoe has no card any more. */
export const [ada, bob, cy, eve, zoe] = [id('A'), id('B'), id('C'), id('E'), id('Z')]
/** The title, and a list of Ada's. */
export const [heat, list_id] = [id('T'), id('J')]

const card = (profile_id: string, handle: string, is_private = 0): Card =>
  ({ profile_id, account_id: profile_id, handle, name: handle.toUpperCase(), bio_id: null, is_private, version: 1, created_at: 0, updated_at: 0 })
const cards = [card(ada, 'ada'), card(bob, 'bob', 1), card(cy, 'cyd'), card(eve, 'eve')]
const relation = (profile_id: string, other_id: string, some: Partial<Relation>): Relation => ({ profile_id, other_id, follow: 'none', blocked: 0, muted: 0, followed_at: null, version: 1, ...some })
const relations = [relation(cy, bob, { follow: 'following', followed_at: 1 }), relation(ada, eve, { blocked: 1 })]

/** Cards and relations, and nothing else. */
export const members: Partial<MemberViews> = {
  card: async (profile_id) => cards.find((one) => one.profile_id === profile_id),
  cardByHandle: async (handle) => cards.find((one) => one.handle === handle),
  cards: async (ids) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
  relation: async (profile_id, other_id) => relations.find((one) => one.profile_id === profile_id && one.other_id === other_id),
  relationsTo: async (profile_id, ids) => relations.filter((one) => one.profile_id === profile_id && ids.includes(one.other_id)),
  relationsFrom: async (ids, other_id) => relations.filter((one) => ids.includes(one.profile_id) && one.other_id === other_id),
}

const review = (last: string, profile_id: string, some: Partial<ViewedReview> = {}): ViewedReview => ({
  review_id: id(last), title_id: heat, profile_id, viewing_id: null, text_id: id(`X${last}`), half_stars: 9, spoiler: 1, language: 'en', state: 'published', edits: 0,
  version: 7, created_at: Number(last), updated_at: Number(last), ...some,
})
/** The newest is Zoe's; 2 is hidden; the words of 6 are of an account that has been erased. */
export const reviews = [review('1', ada), review('2', ada, { state: 'hidden' }), review('3', bob), review('4', eve), review('5', cy), review('6', cy), review('7', zoe)]
const comment = (last: string, profile_id: string, some: Partial<ViewedComment> = {}): ViewedComment => ({
  comment_id: id(last), subject_id: id('1'), subject_kind: 'review', parent_id: null, profile_id, text_id: id(`X${last}`), state: 'published', version: 3,
  created_at: Number(last), updated_at: Number(last), ...some,
})
/** On Ada's review; 13 is hidden and answers 11; 15 is on her list. */
const comments = [
  comment('11', cy), comment('12', eve), comment('13', cy, { state: 'hidden', parent_id: id('11') }), comment('14', bob),
  comment('15', cy, { subject_kind: 'list', subject_id: list_id }),
]

/** What seals their words, each under the key of its author's account. */
export const vault = openVault(Buffer.alloc(32, 7))
const keyed = new Map([ada, bob, cy, eve].map((account_id) => [account_id, { account_id, key_wrapped: vault.newKey(account_id) }]))
/** Their accounts' keys. */
export const keys = async (account_ids: readonly string[]) => new Map([...keyed].filter(([account_id]) => account_ids.includes(account_id)))
const texts = [...reviews, ...comments].flatMap(({ profile_id, text_id }) => {
  const key = text_id === id('X6') ? { account_id: zoe, key_wrapped: vault.newKey(zoe) } : keyed.get(profile_id)
  return key === undefined ? [] : [{ text_id, account_id: key.account_id, body_sealed: vault.seal(key, TEXT, `**said** in ${text_id}`).toString('base64'), version: 1 }]
})

type At<T> = T & { readonly created_at: number }
const newest = (all: readonly ViewedReview[], limit: number, after: At<object> | undefined): readonly ViewedReview[] =>
  all.filter(({ created_at }) => created_at < (after?.created_at ?? Infinity)).toSorted((a, b) => b.created_at - a.created_at).slice(0, limit)

/** Reviews, comments and their words. Review 3 has most likes, then 1. */
export const written: ReviewViews = {
  review: async (review_id) => reviews.find((one) => one.review_id === review_id),
  ofTitle: async (title_id, limit, after) => newest(reviews.filter((one) => one.title_id === title_id), limit, after),
  ofProfile: async (profile_id, limit, after) => newest(reviews.filter((one) => one.profile_id === profile_id), limit, after),
  comment: async (comment_id) => comments.find((one) => one.comment_id === comment_id),
  thread: async (subject_id, limit, after) => comments.filter((one) => one.subject_id === subject_id && one.created_at > (after?.created_at ?? -1)).slice(0, limit),
  texts: async (text_ids) => texts.filter(({ text_id }) => text_ids.includes(text_id)),
  numbers: async (ids) => new Map(ids.map((one) => [one, { likes: one === id('3') ? 9 : one === id('1') ? 5 : 0, comments: 2 }])),
}
