/** A member and those whom they follow, each of whom has reviewed another title, made through the services as people would; removed again. */
import { randomUUID } from 'node:crypto'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { each } from '../../seed/client.ts'
import type { Client } from '../http.ts'

export interface Circle {
  /** Who looks. */
  readonly viewer: string
  remove(): Promise<void>
}

const AT_ONCE = 6

/** `items` authors with a review each, which the viewer likes, of titles that the viewer has rated. Throws where there are fewer titles. */
export async function makeCircle(client: Client, endpoints: Endpoints, items: number): Promise<Circle> {
  const run = randomUUID().slice(0, 8)
  const url = (service: 'inventory' | 'customer_services' | 'social', path: string): string => `http://127.0.0.1:${endpoints.port(service)}/v1${path}`
  const fieldOf = (body: unknown, field: string): string => String((body as Readonly<Record<string, unknown>>)[field])
  const { body } = await client.send('GET', url('inventory', `/titles?sort=popularity&limit=${items}`))
  const titles = (body as { readonly items: readonly { readonly title_id: string }[] }).items.map(({ title_id }) => title_id)
  if (titles.length < items) throw new Error(`making a feed of ${items} reviews: there are ${titles.length} titles; load some with 'npx cdlc seed'`)
  const accounts: string[] = []

  async function remove(): Promise<void> {
    await each(accounts, AT_ONCE, (account_id) => client.send('DELETE', url('customer_services', `/accounts/${account_id}`), undefined, { 'confirm-erasure': account_id }))
  }
  async function join(number: number): Promise<string> {
    const account = await client.send('POST', url('customer_services', '/accounts'), { email: `bench-${run}-${number}@example.invalid` })
    const account_id = fieldOf(account.body, 'account_id')
    accounts.push(account_id)
    const profile_id = fieldOf((await client.send('POST', url('customer_services', '/profiles'), { account_id, name: `bench ${number}` })).body, 'profile_id')
    await client.send('PUT', url('social', `/members/${profile_id}/card`), { handle: `bench.${run}.${number}`, name: `Bench ${number}`, is_private: false })
    return profile_id
  }
  try {
    const viewer = await join(items)
    await each([...titles.entries()], AT_ONCE, async ([number, title_id]) => {
      const author = await join(number)
      await client.send('PUT', url('social', `/members/${viewer}/following/${author}`))
      await client.send('PUT', url('customer_services', `/profiles/${viewer}/ratings/${title_id}`), { stars: 0.5 + number % 10 / 2 })
      const words = { title_id, body: `Number **${number}**, seen again: the light in the last scene is all that one remembers of it, and enough.`, spoiler: false, language: 'en', stars: 4 }
      const review_id = fieldOf((await client.send('POST', url('social', `/members/${author}/reviews`), words)).body, 'review_id')
      await client.send('PUT', url('social', `/members/${viewer}/likes/review/${review_id}`))
    })
    return { viewer, remove }
  } catch (cause) {
    await remove()
    throw cause
  }
}
