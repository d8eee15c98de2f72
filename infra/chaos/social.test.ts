import { describe, expect, test } from 'vitest'
import { hourly } from '@cdlc/services/social/limits.ts'
import { type Answer, type Client, HttpError } from '../bench/http.ts'
import { createLedger, type Entry, type Kind, type Value } from './ledger.ts'
import { openSender } from './sender.ts'
import { openSocial } from './social.ts'
import { nameOf } from './told.ts'

/** Ids by short names, as ETags hold them; `R.bob` is of a pair. */
const x = (name: string): string => name.split('.').map((part) => part.toUpperCase().padEnd(26, '0')).join('.')
const ack = (kind: Kind, id: string, value: Value, version: number, by?: string): Entry => ({ do: 'ack', at: 0, kind, id, value, version, ...(by === undefined ? {} : { by }) })
const members = [ack('card', x('ada'), nameOf(false, 0), 1), ack('card', x('bob'), nameOf(false, 1), 1), ack('card', x('cy'), nameOf(true, 2), 1)]
const away = new HttpError(503, 'away')
const liked: Partial<Answer> = { body: { liked_at: '1970-01-01T00:00:09.000Z' } }
const tagged = (tag: string): Partial<Answer> => ({ headers: { etag: `"${tag}"` } })

/** Members and what they have written before; a service that answers so, in order. */
function socialOver(answers: readonly (Partial<Answer> | Error)[], ...before: readonly Entry[]) {
  const sent: string[] = []
  const client: Client = {
    close: () => {},
    send: async (method, url, _body, { 'idempotency-key': key } = {}) => {
      const answer = answers[sent.length]
      sent.push(`${method} ${url.replace(/([A-Z]+)0+/g, (_, name: string) => (name.length > 1 ? name.toLowerCase() : name))}${key === undefined ? '' : ` as ${key}`}`)
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`'${method} ${url}' was not expected`)
      return { status: 200, headers: {}, body: undefined, ...answer }
    },
  }
  const ledger = createLedger([...members, ...before])
  const sender = openSender({ client, ledger, run: 'r' })
  return { sender, social: openSocial({ members: '', sender, ledger, run: 'r' }), ledger, sent, now: (kind: Kind, id: string) => ledger.known(kind).get(id) }
}
const review = ack('review', x('R'), 7, 1, x('ada'))

describe('a like', () => {
  test('is known by the instant that it was given at, and taken back by that', async () => {
    const { social, sent, ledger } = socialOver([liked, {}], review)
    await social.like(x('bob'), 'review', x('R'))
    await social.like(x('bob'), 'review', x('R'))
    expect(sent).toEqual(['PUT /members/bob/likes/review/R', 'DELETE /members/bob/likes/review/R'])
    expect(ledger.acknowledged('like')).toEqual([{ id: x('R.bob'), value: 'review', version: 9_000 }, { id: x('R.bob'), value: null, version: 9_000 }])
  })
  test('that had no answer is given again', async () => {
    const { social, sent, now } = socialOver([away, liked], review)
    await social.like(x('bob'), 'review', x('R'))
    await social.like(x('bob'), 'review', x('R'))
    expect(sent).toEqual(['PUT /members/bob/likes/review/R', 'PUT /members/bob/likes/review/R'])
    expect(now('like', x('R.bob'))).toMatchObject({ acknowledged: { value: 'review' }, tried: [] })
  })
  test('is given by nobody who may not see the review: a blocked member, a stranger to who is private, anybody once it may be gone', async () => {
    const closed = ack('review', x('S'), 7, 1, x('cy'))
    const { social, sent } = socialOver([away], review, closed, ack('relation', x('ada.bob'), 'blocked', 1))
    await social.like(x('bob'), 'review', x('R'))
    await social.like(x('bob'), 'review', x('S'))
    await social.remove('review', x('R'))
    await social.like(x('cy'), 'review', x('R'))
    expect(sent).toEqual(['DELETE /members/ada/reviews/R'])
  })
  test('is not given while the review is being removed', async () => {
    const { social, sent } = socialOver([tagged(`${x('R')}.1.gone`), liked], review)
    await Promise.all([social.remove('review', x('R')), social.like(x('bob'), 'review', x('R'))])
    expect(sent).toEqual(['DELETE /members/ada/reviews/R'])
  })
})

describe('a review that is removed', () => {
  const said = [review, ack('like', x('R.bob'), 'review', 9), ack('comment', x('C'), x('R'), 5, x('bob')), ack('like', x('C.ada'), 'comment', 8)]
  test('takes all that was said of it along', async () => {
    const { social, now } = socialOver([tagged(`${x('R')}.1.gone`)], ...said)
    await social.remove('review', x('R'))
    for (const [kind, id, version] of [['review', x('R'), 1], ['like', x('R.bob'), 9], ['comment', x('C'), 5], ['like', x('C.ada'), 8]] as const) {
      expect(now(kind, id)).toEqual({ acknowledged: { id, value: null, version }, tried: [] })
    }
  })
  test('without an answer leaves all of that open, until it is asked for again and found gone', async () => {
    const { social, now } = socialOver([away, new HttpError(404, 'gone')], ...said)
    await social.remove('review', x('R'))
    expect([now('review', x('R')), now('like', x('C.ada'))]).toMatchObject([{ tried: [null] }, { acknowledged: { value: 'comment' }, tried: [null] }])
    await social.remove('review', x('R'))
    expect([now('review', x('R')), now('like', x('C.ada'))]).toMatchObject([{ acknowledged: { value: null }, tried: [] }, { acknowledged: { value: null, version: 8 }, tried: [] }])
  })
  test('was there: who finds it gone the first time it is asked for has found a fault', async () => {
    await expect(socialOver([new HttpError(404, 'gone')], ...said).social.remove('review', x('R'))).rejects.toThrow('gone')
  })
  test('waits for what is undecided of it', async () => {
    const { social, sent } = socialOver([away], review)
    await social.like(x('bob'), 'review', x('R'))
    await social.remove('review', x('R'))
    expect(sent).toHaveLength(1)
  })
})

test('what a campaign was making when it died is sent again, as it was and under its key', async () => {
  const { sender, sent, ledger } = socialOver([tagged(`${x('R')}.7`)], { do: 'post', at: 0, kind: 'review', id: 'review-0', value: 7, by: x('ada'), url: '/members/ada/reviews', body: {} })
  await sender.makeAgain()
  expect([sent, ledger.unanswered(), ledger.madeBy(x('R'))]).toEqual([['POST /members/ada/reviews as r-review-0'], [], x('ada')])
})
test('a block ends what the other has to us', async () => {
  const { social, sent, now } = socialOver([tagged(`${x('ada.bob')}.7`)], ack('relation', x('bob.ada'), 'following', 5))
  await social.relate(x('ada'), x('bob'), true)
  expect(sent).toEqual(['PUT /members/ada/blocks/bob'])
  expect([now('relation', x('ada.bob')), now('relation', x('bob.ada'))]).toMatchObject([{ acknowledged: { value: 'blocked', version: 7 } }, { acknowledged: { value: null, version: 5 } }])
})
test('who asks a private member is let in by them, of the same row', async () => {
  const { social, sent, now } = socialOver([tagged(`${x('bob.cy')}.7`), tagged(`${x('bob.cy')}.8`)])
  await social.relate(x('bob'), x('cy'), false)
  await social.relate(x('bob'), x('cy'), false)
  expect(sent).toEqual(['PUT /members/bob/following/cy', 'PUT /members/cy/follow-requests/bob'])
  expect(now('relation', x('bob.cy'))).toMatchObject({ acknowledged: { value: 'following', version: 8 } })
})
test('an account that has done enough for the hour leaves it; a service that has had enough of it leaves no post open', async () => {
  const { social, sent, ledger } = socialOver([new HttpError(429, 'too_many_actions'), ...Array.from({ length: hourly.review }, (_, n) => tagged(`${x(`R${n}`)}.1`))])
  for (let n = 0; n < hourly.review + 2; n++) await social.review(x('ada'), x('T'), 7)
  expect([sent.length, ledger.unanswered(), ledger.counts().refused]).toEqual([hourly.review * 0.8, [], 1])
})
