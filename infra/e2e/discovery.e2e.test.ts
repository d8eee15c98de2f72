/** What people bring along, find, and are told at once: through the gateway. */
import { zipOf } from '@cdlc/services/customer-services/interchange/testing-files.ts'
import { readUpload } from '@cdlc/services/customer-services/interchange/read.ts'
import { beforeAll, expect, test } from 'vitest'
import { signIn } from '../local/sign-in.ts'
import { demoAccounts, enrolDemoAccounts } from '../seed/demo.ts'
import { call, endpoints, eventually, join, ok, type Person, word } from './people.ts'

const [film, lost] = [`Сталкер ${word}`, `Nobody has ${word}`]
let [ada, verna]: Person[] = []
let title_id = ''
const people = (): { readonly ada: Person; readonly verna: Person } => {
  if (ada === undefined || verna === undefined) throw new Error('nobody has joined')
  return { ada, verna }
}
beforeAll(async () => {
  await enrolDemoAccounts(endpoints)
  ada = await join(0, 'ada')
  verna = await join(3, 'verna')
  const editor = demoAccounts[1]
  if (editor === undefined) throw new Error('there is no demonstration account of an editor')
  const token = (await signIn(endpoints, editor)).access_token
  title_id = (await ok<{ readonly title_id: string }>({ token }, 'POST', '/v1/titles', { kind: 'movie', name: film, release_year: 1979, countries: ['RU'] })).title_id
  await eventually(() => ok<{ readonly items: readonly unknown[] }>(undefined, 'GET', `/v1/titles?q=${word}`), ({ items }) => items.length > 0)
}, 120_000)

interface Import { readonly import_id: string; readonly state: string; readonly counts: readonly { readonly kind: string; readonly state: string; readonly rows: number }[] }
const countOf = ({ counts }: Import, wanted: string): number => counts.reduce((sum, { state, rows }) => sum + (state === wanted ? rows : 0), 0)
const send = async (who: Person, zip: Buffer): Promise<{ readonly status: number; readonly body: Import }> => {
  const response = await fetch(`${endpoints.gateway.url}/v1/profiles/${who.profile_id}/imports?name=letterboxd.zip`, {
    method: 'POST', headers: { authorization: `Bearer ${who.token}`, 'content-type': 'application/zip' }, body: new Uint8Array(zip), signal: AbortSignal.timeout(20_000),
  })
  return { status: response.status, body: await response.json() as Import }
}

test('a Letterboxd export becomes a diary, and comes out again as it went in', async () => {
  const { ada: who } = people()
  const files = {
    'diary.csv': 'Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n'
      + `2020-02-01,${film},1980,https://boxd.it/1,4.5,,"cinema, 70mm",2020-01-31\n2021-10-31,${film},1979,https://boxd.it/2,0.5,Yes,,2021-10-31\n2021-11-01,${lost},2001,https://boxd.it/3,3,,,2021-11-01\n`,
    'deleted/diary.csv': `Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n2019-12-01,${lost},2019,https://boxd.it/4,1,,,2019-11-30\n`,
  }
  const zip = await zipOf(files)
  const { status, body: preview } = await send(who, zip)
  expect([status, preview.state, countOf(preview, 'matched'), countOf(preview, 'unmatched'), countOf(preview, 'kept')]).toEqual([201, 'ready', 2, 1, 1])
  const path = `/v1/profiles/${who.profile_id}/imports/${preview.import_id}`
  await ok(who, 'POST', `${path}/application`)
  const applied = await eventually(() => ok<Import>(who, 'GET', path), ({ state }) => state === 'applied')
  expect([applied.state, countOf(applied, 'applied')]).toEqual(['applied', 2])
  interface Viewing { readonly title_id: string; readonly watched_on: string; readonly stars: number; readonly rewatch: boolean }
  const seenIt = async (): Promise<readonly Viewing[]> =>
    (await ok<{ readonly items: readonly Viewing[] }>(who, 'GET', `/v1/profiles/${who.profile_id}/viewings?limit=100`)).items.filter((one) => one.title_id === title_id)
  expect((await eventually(seenIt, (viewings) => viewings.length === 2)).map(({ watched_on, stars, rewatch }) => [watched_on, stars, rewatch])).toEqual([['2021-10-31', 0.5, true], ['2020-01-31', 4.5, false]])

  const again = await send(who, zip)
  expect([again.status, countOf(again.body, 'present'), countOf(again.body, 'matched')]).toEqual([201, 2, 0])

  const exported = await fetch(`${endpoints.gateway.url}/v1/profiles/${who.profile_id}/exports/letterboxd`, { headers: { authorization: `Bearer ${who.token}` }, signal: AbortSignal.timeout(20_000) })
  const { rows } = await readUpload(Buffer.from(await exported.arrayBuffer()), 'letterboxd.zip')
  const seen = rows.flatMap((row) => (row.kind === 'viewing' ? [[row.film.name, row.watched_on, row.half_stars, row.rewatch]] : [])).filter(([name]) => String(name).includes(word))
  expect(seen.toSorted()).toEqual([[lost, '2021-11-01', 6, false], [film, '2020-01-31', 9, false], [film, '2021-10-31', 1, true]].toSorted())
  expect(rows.filter((row) => row.kind === 'kept' && row.what === 'deleted' && row.columns['Name'] === lost)).toHaveLength(1)
  for (const one of [preview, again.body]) await ok(who, 'DELETE', `/v1/profiles/${who.profile_id}/imports/${one.import_id}`)
})

test('a zip that is none, and one that is a bomb, are refused with what to do', async () => {
  const { ada: who } = people()
  for (const [bytes, status] of [[Buffer.from('PK\x03\x04 nothing'), 400], [await zipOf({ 'diary.csv': Buffer.alloc(200_000_000, 'a') }), 413]] as const) {
    const reply = await send(who, bytes)
    expect([reply.status, reply.body]).toEqual([status, expect.objectContaining({ detail: expect.stringMatching(/./) as string })])
  }
})

test('one search finds titles, people, members and lists, whatever script and spelling', async () => {
  const { ada: who } = people()
  const list = await ok<{ readonly list_id: string }>(who, 'POST', `/v1/members/${who.profile_id}/lists`, { name: `Best of ${word}`, visibility: 'public', ranked: false })
  interface Found { readonly titles: { readonly items: readonly { readonly title_id: string }[] }; readonly members: { readonly items: readonly { readonly profile_id: string }[] }; readonly lists: { readonly items: readonly { readonly list_id: string }[] } }
  const found = await eventually(() => ok<Found>(undefined, 'GET', `/v1/search?q=${word}`), ({ lists, members }) => lists.items.length > 0 && members.items.length > 1)
  expect(found.titles.items.map((one) => one.title_id)).toContain(title_id)
  expect(found.lists.items.map((one) => one.list_id)).toContain(list.list_id)
  expect(found.members.items.map((one) => one.profile_id)).toContain(who.profile_id)
  const latin = await ok<Found>(undefined, 'GET', `/v1/search?q=${encodeURIComponent(`stalker ${word}`)}&in=titles&country=RU&decade=1970`)
  expect(latin.titles.items.map((one) => one.title_id)).toEqual([title_id])
  await ok(who, 'DELETE', `/v1/members/${who.profile_id}/lists/${list.list_id}`)
})

test('who listens is told at once of what those do whom they follow', async () => {
  const { ada: writer, verna: reader } = people()
  await ok(reader, 'PUT', `/v1/members/${reader.profile_id}/following/${writer.profile_id}`)
  interface Standing { readonly data: { readonly member: { readonly viewerStanding: { readonly follow: string } | null } | null } }
  const standing = (): Promise<Standing> => fetch(`${endpoints.gateway.url}/v1/graphql`, {
    method: 'POST', headers: { authorization: `Bearer ${reader.token}`, 'content-type': 'application/json', 'acting-profile': reader.profile_id }, signal: AbortSignal.timeout(10_000),
    body: JSON.stringify({ query: `{ member(id: "${writer.profile_id}") { viewerStanding { follow } } }` }),
  }).then((response) => response.json() as Promise<Standing>)
  expect((await eventually(standing, ({ data }) => data.member?.viewerStanding?.follow === 'FOLLOWING')).data.member?.viewerStanding?.follow).toBe('FOLLOWING')

  const socket = new WebSocket(`${endpoints.gateway.url.replace('http', 'ws')}/v1/graphql`, ['graphql-transport-ws', `bearer.${reader.token}`])
  const heard: { readonly type: string; readonly payload?: unknown }[] = []
  const waiting: (() => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    heard.push(JSON.parse(String(data)) as typeof heard[number])
    for (const wake of waiting.splice(0)) wake()
  })
  const until = async (type: string, holds: (payload: unknown) => boolean = () => true): Promise<unknown> => {
    for (;;) {
      const found = heard.find((one) => one.type === type && holds(one.payload))
      if (found !== undefined) return found.payload
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        socket.addEventListener('close', ({ code, reason }) => { reject(new Error(`listening: closed with ${code} ${reason}`)) }, { once: true })
      })
    }
  }
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  socket.send(JSON.stringify({ type: 'connection_init', payload: { actingProfile: reader.profile_id } }))
  await until('connection_ack')
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { feedActivityAdded { kind actor { handle } title { name } } }' } }))
  socket.send(JSON.stringify({ type: 'ping' }))
  await until('pong')
  const liked = await call(writer, 'PUT', `/v1/members/${writer.profile_id}/likes/title/${title_id}`)
  expect(liked.status).toBe(201)
  // what she did shortly before is told too, since she is followed only now
  expect(await until('next', (payload) => JSON.stringify(payload).includes('LIKED'))).toEqual({ data: { feedActivityAdded: { kind: 'LIKED', actor: { handle: writer.handle }, title: { name: film } } } })
  socket.close()
  await ok(writer, 'DELETE', `/v1/members/${writer.profile_id}/likes/title/${title_id}`)
})
