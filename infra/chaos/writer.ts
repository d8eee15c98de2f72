/** Titles, and accounts with a profile each that rate them and keep a diary, through the services. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { type Client, HttpError } from '../bench/http.ts'
import { isRemovable, isThere, type Kind, type Ledger, settled } from './ledger.ts'
import { failureOf, openSender, patience_ms, type Sender } from './sender.ts'
import { openSocial, type Social } from './social.ts'

export interface Writer {
  /** Makes what is missing of profiles and titles; again what a campaign that died was making. */
  prepare(profiles: number, titles: number): Promise<void>
  /** Ids that may be written to: titles that the views have shown, and profiles that have a card. */
  titles(): readonly string[]
  profiles(): readonly string[]
  addTitle(): Promise<void>
  addProfile(): Promise<void>
  rename(title_id: string): Promise<void>
  rate(profile_id: string, title_id: string, half_stars: number): Promise<void>
  remove(profile_id: string, title_id: string): Promise<void>
  /** Reads a rating after its last acknowledged write. */
  read(profile_id: string, title_id: string): Promise<void>
  /** Enters a viewing into a diary; says whether it was liked; takes it out. */
  watch(profile_id: string, title_id: string): Promise<void>
  judge(viewing_id: string, isLiked: boolean): Promise<void>
  forget(viewing_id: string): Promise<void>
  readonly social: Social
  reads(): number
  silence(): number
}

const country = 'GB'
const language = 'en'
const again_ms = 250

const namesOf = (run: string, what: string | number): string => `Load ${run} ${what}`
/** The names of all titles of a run, in words of SQL's LIKE. */
export const namesLike = (run: string): string => namesOf(run, '%')

export function openWriter({ endpoints, client, ledger, run, sender = openSender({ client, ledger, run }) }: {
  readonly endpoints: Endpoints; readonly client: Client; readonly ledger: Ledger; readonly run: string; readonly sender?: Sender
}): Writer {
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}/v1`
  const inventory = `http://127.0.0.1:${endpoints.port('inventory')}/v1`
  const social = openSocial({ members: `http://127.0.0.1:${endpoints.port('social')}/v1`, sender, ledger, run })
  const shown = new Set<string>()
  const ids = (kind: Kind): readonly string[] => [...ledger.known(kind).keys()]
  const rating = (profile_id: string, title_id: string): { readonly kind: 'rating'; readonly id: string; readonly url: string } =>
    ({ kind: 'rating', id: `${profile_id}.${title_id}`, url: `${customers}/profiles/${profile_id}/ratings/${title_id}` })
  const viewing = (id: string): { readonly kind: 'viewing'; readonly id: string; readonly url: string } =>
    ({ kind: 'viewing', id, url: `${customers}/profiles/${ledger.madeBy(id) ?? ''}/viewings/${id}` })

  const addTitle = async (): Promise<void> => {
    const name = namesOf(run, ledger.posted('title'))
    const id = await sender.make({ kind: 'title', value: name, url: `${inventory}/titles`, body: { kind: 'movie', name } })
    if (id !== undefined) await untilShown(id)
  }
  /** Each has an account of its own: limits against abuse are an account's. */
  const addProfile = async (): Promise<void> => {
    const number = ledger.posted('account')
    const account_id = await sender.make({ kind: 'account', value: country, url: `${customers}/accounts`, body: { email: `load-${run}-${number}@example.invalid`, country } })
    const id = await sender.make({ kind: 'profile', value: language, url: `${customers}/profiles`, body: { account_id, name: `load ${number}`, language } })
    if (id !== undefined) await social.join(id, number)
  }
  /** A title may be rated once its view has it. */
  async function untilShown(title_id: string): Promise<void> {
    for (const deadline = Date.now() + patience_ms; ;) {
      const there = await client.send('GET', `${inventory}/titles/${title_id}`).then(() => true, (cause: unknown) => {
        if (failureOf(cause) === undefined && !(cause instanceof HttpError && cause.status === 404)) throw cause
        return false
      })
      if (there) break
      if (Date.now() > deadline) throw new Error(`adding title '${title_id}': no view shows it within ${patience_ms / 1_000} s`)
      await delay(again_ms)
    }
    shown.add(title_id)
  }

  return {
    async prepare(profiles, titles) {
      await sender.makeAgain()
      for (const id of ids('title')) await untilShown(id)
      for (const [number, id] of ids('profile').entries()) if (!social.isMember(id)) await social.join(id, number)
      while (ids('title').length < titles) await addTitle()
      while (ids('profile').length < profiles) await addProfile()
    },
    titles: () => [...shown],
    profiles: () => ids('profile').filter(social.isMember),
    addTitle,
    addProfile,
    rename(title_id) {
      const name = namesOf(run, `${title_id} ${Date.now()}`)
      return sender.write({ kind: 'title', id: title_id, value: name, method: 'PATCH', url: `${inventory}/titles/${title_id}`, body: { name } })
    },
    rate: (profile_id, title_id, half_stars) => sender.write({ ...rating(profile_id, title_id), value: half_stars, method: 'PUT', body: { stars: half_stars / 2 } }),
    async remove(profile_id, title_id) {
      const one = rating(profile_id, title_id)
      // one that may be gone already would be answered 404
      if ((settled(ledger, one.kind, one.id) ?? null) !== null) await sender.write({ ...one, value: null, method: 'DELETE' })
    },
    read(profile_id, title_id) {
      const { kind, id, url } = rating(profile_id, title_id)
      return sender.read(kind, id, url, (body) => (body as { readonly stars: number }).stars * 2)
    },
    // without stars: they would become the rating of the title, which nobody acknowledges
    watch: async (by, title_id) => {
      await sender.make({ kind: 'viewing', value: 0, by, url: `${customers}/profiles/${by}/viewings`, body: { title_id, liked: false, rewatch: false, watched_on: '2024-05-17' } })
    },
    async judge(viewing_id, isLiked) {
      if (isThere(ledger, 'viewing', viewing_id)) await sender.write({ ...viewing(viewing_id), value: Number(isLiked), method: 'PATCH', body: { liked: isLiked } })
    },
    async forget(viewing_id) {
      if (isRemovable(ledger, 'viewing', viewing_id)) await sender.write({ ...viewing(viewing_id), value: null, method: 'DELETE' })
    },
    social,
    reads: () => sender.reads(),
    silence: () => sender.silence(),
  }
}
