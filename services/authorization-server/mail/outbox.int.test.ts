import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh, realPlatform } from '../../real.ts'
import { openVault } from '../../shared/personal-data.ts'
import type { Database } from '../../shared/mysql.ts'
import type { Platform } from '../../shared/platform.ts'
import type { Letter } from './letters.ts'
import { openOutbox, pause_ms, smtpCarrier, type Carrier, type Outbox } from './outbox.ts'
import { withOwnTable } from '../testing.ts'

const vault = openVault(Buffer.alloc(32, 9))
let platform: Platform
let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  platform = await realPlatform()
  ;({ database, drop } = await withOwnTable(platform.database('user'), 'mails'))
})
afterAll(async () => {
  await drop()
  await platform.close()
})
const letterTo = (to: string): Letter => ({ to, subject: 'subject', text: 'text', html: '<p>text</p>' })
const failed = (error: unknown): void => { throw error }
const rowsOf = (): Promise<readonly Readonly<Record<string, unknown>>[]> => database.read((sql) => sql.rows('SELECT mail_id, letter_sealed, attempts FROM mails'))
const dueNow = (): Promise<number> => database.read((sql) => sql.run('UPDATE mails SET next_at = ?', [new Date(0)]))

const outboxTo = (carry: Carrier): Outbox => openOutbox(database, vault, carry)

describe('a letter', () => {
  test('that the mail server does not take is kept, sealed, and sent once it does', async () => {
    const to = `${fresh()}@example.invalid`
    const taken: string[] = []
    let up = false
    const outbox = outboxTo(async (letter) => {
      if (letter.to === to && !up) throw new Error('connection refused')
      taken.push(letter.to)
    })
    await outbox.send(letterTo(to))
    await outbox.deliver({ lost: () => undefined, failed })
    expect(taken).not.toContain(to)
    const rows = await rowsOf()
    expect(rows.map(({ letter_sealed }) => Buffer.from(letter_sealed as Uint8Array).toString('latin1')).join(' ')).not.toContain(to)
    up = true
    await dueNow()
    await outbox.deliver({ lost: () => undefined, failed })
    await outbox.deliver({ lost: () => undefined, failed })
    expect(taken.filter((each) => each === to)).toHaveLength(1)
  })
  test('is sent once however many deliver at a time', async () => {
    const to = `${fresh()}@example.invalid`
    const taken: string[] = []
    const outboxes = Array.from({ length: 4 }, () => outboxTo(async (letter) => { taken.push(letter.to) }))
    const deliverAll = () => Promise.all(outboxes.map((outbox) => outbox.deliver({ lost: () => undefined, failed })))
    await deliverAll() // each has a connection from now on, so that they look at the same time
    for (let letter = 0; letter < 10; letter++) await outboxes[0]?.send(letterTo(to))
    await deliverAll()
    expect(taken.filter((each) => each === to)).toHaveLength(10)
  })
  test('that nobody takes for a day is given up, and that is said', async () => {
    const to = `${fresh()}@example.invalid`
    const lost: string[] = []
    const outbox = outboxTo(async () => { throw new Error('no such mailbox') })
    await outbox.send(letterTo(to))
    await database.read((sql) => sql.run('UPDATE mails SET expires_at = ?', [new Date()]))
    await dueNow()
    await outbox.deliver({ lost: (mail_id) => { lost.push(mail_id) }, failed })
    expect([lost.length, await rowsOf()]).toEqual([1, []])
  })
  test('waits twice as long after each attempt, an hour at most', () => {
    expect([1, 2, 3, 20].map(pause_ms)).toEqual([10_000, 20_000, 40_000, 3_600_000])
  })
})

test('a mail server gets a letter in text and HTML, to one address whatever is written in it', async () => {
  const to = `${fresh()}@example.invalid`
  const { carry, close } = smtpCarrier(platform.endpoints)
  await carry({ ...letterTo(to), subject: 'Grüße · Creme Dela Creme' })
  await expect(carry(letterTo(`${to}, other@example.invalid`))).rejects.toThrow()
  close()
  const list = (await (await fetch(`http://127.0.0.1:${platform.endpoints.port('mail')}/api/email`)).json()) as readonly { readonly subject: string; readonly to: readonly { readonly address: string }[] }[]
  expect(list.filter((mail) => mail.to.some(({ address }) => address === to)).map(({ subject }) => subject)).toEqual(['Grüße · Creme Dela Creme'])
})
