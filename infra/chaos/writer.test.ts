import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { describe, expect, test } from 'vitest'
import { type Answer, type Client, HttpError } from '../bench/http.ts'
import { createLedger, type Entry } from './ledger.ts'
import { openWriter } from './writer.ts'

const P = '01K00000000000000000000001'
const T = '01K00000000000000000000002'
const url = `http://127.0.0.1:8103/v1/profiles/${P}/ratings/${T}`

/** Answers of a service, in order; an error is thrown. */
function clientThat(answers: readonly (Partial<Answer> | Error)[]) {
  const sent: { readonly what: string; readonly key: string | undefined }[] = []
  const client: Client = {
    close: () => {},
    send: async (method, to, _body, headers = {}) => {
      const answer = answers[sent.length]
      sent.push({ what: `${method} ${to}`, key: headers['idempotency-key'] })
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error(`'${method} ${to}' was not expected`)
      return { status: 200, headers: {}, body: undefined, ...answer }
    },
  }
  return { client, sent }
}
function writerOver(answers: readonly (Partial<Answer> | Error)[], before: readonly Entry[] = []) {
  const kept: Entry[] = []
  const ledger = createLedger(before, (entry) => kept.push(entry))
  const { client, sent } = clientThat(answers)
  return { writer: openWriter({ endpoints: endpointsFrom({}), client, ledger, run: 'r' }), ledger, kept, sent }
}
const rated = (version: number): Partial<Answer> => ({ headers: { etag: `"${P}.${T}.${version}"` } })
const away = new HttpError(503, 'store_unavailable')
const broken = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
const nobody = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

describe('a write', () => {
  test('is entered before it is sent, and its answer with the version that the service gave', async () => {
    const { writer, kept } = writerOver([rated(100)])
    await writer.rate(P, T, 7)
    expect(kept.map((entry) => [entry.do, entry.id, entry.value])).toEqual([['try', `${P}.${T}`, 7], ['ack', `${P}.${T}`, 7]])
    expect(kept[1]).toMatchObject({ version: 100 })
  })
  test('that was refused or cut off stays undecided', async () => {
    const { writer, ledger } = writerOver([away, nobody, broken])
    for (const value of [7, 8, 9]) await writer.rate(P, T, value)
    expect(ledger.known('rating').get(`${P}.${T}`)).toEqual({ acknowledged: undefined, tried: [7, 8, 9] })
    expect(ledger.counts()).toEqual({ acknowledged: 0, refused: 2, cut_off: 1 })
  })
  test('that the service finds fault with is an error: what is down answers 503 and nothing else', async () => {
    for (const status of [404, 409, 500]) await expect(writerOver([new HttpError(status, 'no')]).writer.rate(P, T, 7)).rejects.toThrow('no')
  })
  test('does not overtake another to the same row', async () => {
    const { writer, sent } = writerOver([rated(100)])
    await Promise.all([writer.rate(P, T, 7), writer.rate(P, T, 8)])
    expect(sent).toHaveLength(1)
  })
})

describe('a removal', () => {
  test('is sent for what is surely there', async () => {
    const { writer, sent } = writerOver([rated(100), { headers: { etag: `"${P}.${T}.100.gone"` } }])
    await writer.rate(P, T, 7)
    await writer.remove(P, T)
    await writer.remove(P, T)
    expect(sent.map(({ what }) => what)).toEqual([`PUT ${url}`, `DELETE ${url}`])
  })
  test('is not sent for what may be gone', async () => {
    const { writer, sent } = writerOver([rated(100), broken])
    await writer.rate(P, T, 7)
    await writer.remove(P, T)
    await writer.remove(P, T)
    expect(sent).toHaveLength(2)
  })
})

describe('a read', () => {
  test('must show the write that it comes after', async () => {
    const { writer } = writerOver([rated(100), { body: { stars: 3.5 } }, away, { body: { stars: 3 } }])
    await writer.rate(P, T, 7)
    await writer.read(P, T)
    await writer.read(P, T)
    expect(writer.reads()).toBe(1)
    await expect(writer.read(P, T)).rejects.toThrow(`reading rating '${P}.${T}' after '"${P}.${T}.100"': it is 6, where 7 was acknowledged`)
  })
})

test('a row is made under one key, however often it must be asked for', async () => {
  const made = { headers: { etag: `"${T}.5"` } }
  const { writer, sent, ledger } = writerOver([broken, new HttpError(409, 'in flight'), made, new HttpError(404, 'not yet'), {}])
  await writer.addTitle()
  expect(sent.slice(0, 3).map(({ key }) => key)).toEqual(['r-title-0', 'r-title-0', 'r-title-0'])
  expect(ledger.known('title').get(T)?.acknowledged).toEqual({ id: T, value: 'Load r 0', version: 5 })
  expect(writer.titles()).toEqual([T])
})
