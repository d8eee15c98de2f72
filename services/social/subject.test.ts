import { expect, test } from 'vitest'
import type { Sql } from '../shared/mysql.ts'
import type { Member } from './members.ts'
import { hears, seeSubject, type SubjectKind } from './subject.ts'

const member = (profile_id: string, is_private = false): Member => ({ profile_id, account_id: profile_id, handle: profile_id, name: profile_id, bio_id: null, is_private, version: 1 })
/** Bob is private and has let Cy in; Ada has blocked Eve. */
const members = [member('ada'), member('bob', true), member('cy'), member('eve')]
const relations = [{ profile_id: 'cy', other_id: 'bob', follow: 'following', blocked: 0 }, { profile_id: 'ada', other_id: 'eve', follow: 'none', blocked: 1 }]
const review = (owner_id: string, state = 'published') => ({ owner_id, title_id: 'heat', state })
const comment = (owner_id: string, subject_kind: string, subject_id: string, state = 'published') => ({ owner_id, state, subject_kind, subject_id })
const things: Readonly<Record<string, object>> = {
  'review:of ada': review('ada'), 'review:hidden': review('ada', 'hidden'), 'review:of bob': review('bob'), 'review:of nobody': review('gone'),
  'list:of ada': { owner_id: 'ada', visibility: 'unlisted' }, 'list:private': { owner_id: 'ada', visibility: 'private' }, 'list:of bob': { owner_id: 'bob', visibility: 'public' },
  'comment:on ada’s': comment('cy', 'review', 'of ada'), 'comment:hidden': comment('cy', 'review', 'of ada', 'hidden'), 'comment:on hidden': comment('cy', 'review', 'hidden'),
  'comment:by bob': comment('bob', 'review', 'of ada'), 'comment:on private list': comment('ada', 'list', 'private'),
}

/** MySQL with these; Cy keeps Ada's private list, and Bob's. */
const sql: Partial<Sql> = {
  rows: async <T>(text: string, [first, second]: readonly unknown[] = []) => {
    const of = (kind: SubjectKind): readonly (object | undefined)[] => [things[`${kind}:${String(first)}`]]
    const found = text.includes('FROM social_profiles') ? members.filter(({ profile_id }) => profile_id === first).map((one) => ({ ...one, is_private: Number(one.is_private) }))
      : text.includes('FROM relations') ? relations.filter((one) => one.profile_id === first && one.other_id === second)
        : text.includes('FROM list_collaborators') ? (second === 'cy' && first !== 'of ada' ? [{}] : [])
          : of(text.includes('FROM reviews') ? 'review' : text.includes('FROM lists') ? 'list' : 'comment').filter((one) => one !== undefined)
    return found as unknown as readonly T[]
  },
}
const sees = async (profile_id: string, kind: SubjectKind, subject_id: string): Promise<boolean> => {
  try {
    await seeSubject(sql as Sql, member(profile_id, profile_id === 'bob'), kind, subject_id, 'subject_id')
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'subject_not_found', message: 'there is no such thing, or it is not shown to you', errors: [{ field: 'subject_id' }] })
    return false
  }
}

test.each([
  ['review', 'of ada', ['ada', 'bob', 'cy']],
  ['review', 'hidden', ['ada']],
  ['review', 'of bob', ['bob', 'cy']],
  ['review', 'of nobody', []],
  ['review', 'missing', []],
  ['list', 'of ada', ['ada', 'bob', 'cy']],
  ['list', 'private', ['ada', 'cy']],
  ['list', 'of bob', ['bob', 'cy']],
  ['comment', 'on ada’s', ['ada', 'bob', 'cy']],
  ['comment', 'hidden', ['cy']],
  ['comment', 'on hidden', ['ada']],
  ['comment', 'by bob', ['bob', 'cy']],
  ['comment', 'on private list', ['ada', 'cy']],
] as const)('a %s (%s) is liked, answered and reported by %j, and is not there for the others', async (kind, subject_id, by) => {
  const seen = await Promise.all(members.map(async ({ profile_id }) => ((await sees(profile_id, kind, subject_id)) ? [profile_id] : [])))
  expect(seen.flat()).toEqual(by)
})
test('whose it is, and of which title, is told to who sees it', async () => {
  expect(await seeSubject(sql as Sql, member('cy'), 'review', 'of ada', 'subject_id')).toEqual({ owner_id: 'ada', title_id: 'heat' })
  expect(await seeSubject(sql as Sql, member('cy'), 'comment', 'on ada’s', 'subject_id')).toEqual({ owner_id: 'cy', title_id: null })
})
test.each([
  ['cy', 'ada', 'review', 'of ada', true],
  ['cy', 'bob', 'review', 'of ada', true],
  ['ada', 'bob', 'review', 'of ada', false],
  ['eve', 'ada', 'review', 'of ada', false],
  ['ada', 'cy', 'comment', 'on hidden', true],
  ['cy', 'ada', 'comment', 'on hidden', false],
] as const)('%s, of what %s does with a %s (%s): is told of it is %s', async (listener, actor, kind, subject_id, told) => {
  expect(await hears(sql as Sql, listener, member(actor, actor === 'bob'), kind, subject_id)).toBe(told)
})
