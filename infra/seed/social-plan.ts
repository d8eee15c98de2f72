/**
 * A social life for the people of MovieLens, worked out beforehand: pure, and the same for the same seed. The ratings are theirs; whom they
 * follow, what they write and like is made up, and says so.
 */
import { seeded } from '../bench/harness.ts'
import type { MovieLens, MovieLensRating } from './movielens.ts'

export interface SeedMember { readonly user_id: string; readonly handle: string; readonly name: string; readonly is_private: boolean }
export interface SeedReview { readonly user_id: string; readonly item_id: string; readonly stars: number; readonly body: string; readonly spoiler: boolean }
export interface SeedList { readonly user_id: string; readonly name: string; readonly item_ids: readonly string[]; readonly ranked: boolean }
export interface SocialPlan {
  readonly members: readonly SeedMember[]
  /** `[who follows, who is followed]`. */
  readonly follows: readonly (readonly [string, string])[]
  readonly reviews: readonly SeedReview[]
  /** Who likes which review, by its place in `reviews`. */
  readonly likes: readonly { readonly user_id: string; readonly review: number }[]
  readonly lists: readonly SeedList[]
}
export interface SocialSizes {
  /** Of the people of MovieLens, those who rate most first. */
  readonly members: number
  /** Followed by each, on the mean. */
  readonly follows: number
  /** Written by each, on the mean. */
  readonly reviews: number
}

const names = [
  'Agnes', 'Akira', 'Alma', 'Anders', 'Bela', 'Berta', 'Carlos', 'Celia', 'Dario', 'Delia', 'Edgar', 'Elena', 'Emil', 'Fatima', 'Felix', 'Greta', 'Hana', 'Hugo', 'Ines', 'Ivan',
  'Jana', 'Joris', 'Kemal', 'Kirsten', 'Lars', 'Leila', 'Lotte', 'Magda', 'Marek', 'Mina', 'Nadia', 'Nils', 'Olga', 'Omar', 'Paula', 'Pavel', 'Rosa', 'Ruben', 'Sanne', 'Tariq', 'Ute', 'Viktor', 'Wanda', 'Yusuf', 'Zora',
]
const openings: Readonly<Record<number, readonly string[]>> = {
  1: ['I gave up on it twice.', 'Not for me, and I tried.'],
  2: ['There is a good film in here somewhere.', 'It has its moments; I counted three.'],
  3: ['Fine, and forgotten by Thursday.', 'Half of it works very well.'],
  4: ['It stayed with me all week.', 'Better than I had been told.'],
  5: ['I would watch it again tonight.', 'One of those that I press on everybody.'],
}
const middles = ['The second act drags a little.', 'The cast carries it.', 'Look at how it is lit.', 'The score does half of the work.', 'Nobody writes dialogue like this any more.', 'The ending is earned.']
const listNames = ['Comfort films', 'Seen with my sister', 'Rainy Sundays', 'To show to the children', 'Better the second time', 'Mostly at night']

/** How many, from a Pareto distribution with this mean (shape 1.6): most do little, few do much. */
const many = (random: () => number, mean: number, most: number): number => Math.min(most, Math.floor(mean * 0.375 * (1 - random()) ** (-1 / 1.6)))

/**
 * Follows by preferential attachment (Barabási and Albert, "Emergence of scaling in random networks", Science 286, 1999): whom many follow,
 * more will follow, so followers come in a power law. A quarter follow back.
 */
function followsOf(users: readonly string[], mean: number, random: () => number): SocialPlan['follows'] {
  // who came first is found most: each newcomer is in it once, and once more for each follower
  const pot = users.slice(0, 1)
  const pairs = new Map<string, readonly [string, string]>()
  const follow = (from: string, to: string): void => {
    if (from === to || pairs.has(`${from} ${to}`)) return
    pairs.set(`${from} ${to}`, [from, to])
    pot.push(to)
  }
  for (const user of users) {
    for (let wanted = Math.max(1, many(random, mean, users.length / 4)); wanted > 0; wanted -= 1) {
      const other = pot[Math.floor(random() * pot.length)] ?? user
      follow(user, other)
      if (random() < 0.25) follow(other, user)
    }
    pot.push(user)
  }
  return [...pairs.values()]
}

const pick = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)]

/** The plan. */
export function socialPlan({ users, ratings }: Pick<MovieLens, 'users' | 'ratings'>, { members: most, follows: mean, reviews: written }: SocialSizes, seed = 1): SocialPlan {
  const random = seeded(seed)
  const rated = new Map<string, MovieLensRating[]>()
  for (const rating of ratings) rated.set(rating.user_id, [...rated.get(rating.user_id) ?? [], rating])
  const ofUser = (user_id: string): readonly MovieLensRating[] => rated.get(user_id) ?? []
  const chosen = users.map(({ user_id }) => user_id).toSorted((a, b) => ofUser(b).length - ofUser(a).length || (a < b ? -1 : 1)).slice(0, most)
  const members = chosen.map((user_id): SeedMember => {
    const name = pick(names, random) ?? 'Agnes'
    return { user_id, handle: `${name.toLowerCase()}.${user_id}`, name, is_private: random() < 0.05 }
  })
  const follows = followsOf(chosen, mean, random)
  const reviews = chosen.flatMap((user_id) => {
    const pool = [...ofUser(user_id)]
    return Array.from({ length: Math.min(pool.length, many(random, written, 40)) }, (): SeedReview => {
      const [rating] = pool.splice(Math.floor(random() * pool.length), 1) as [MovieLensRating]
      const body = `${pick(openings[rating.stars] ?? [], random) ?? ''} ${pick(middles, random) ?? ''}\n\n*Made up for the sample data.*`
      return { user_id, item_id: rating.item_id, stars: rating.stars, body, spoiler: random() < 0.1 }
    })
  })
  const followers = Map.groupBy(follows, ([, to]) => to)
  const likes = reviews.flatMap(({ user_id }, review) =>
    (followers.get(user_id) ?? []).filter(() => random() < 0.15).slice(0, 30).map(([follower]) => ({ user_id: follower, review })))
  const lists = chosen.filter(() => random() < 0.1).flatMap((user_id): SeedList[] => {
    const loved = ofUser(user_id).filter(({ stars }) => stars >= 4).map(({ item_id }) => item_id)
    return loved.length < 5 ? [] : [{ user_id, name: pick(listNames, random) ?? 'Films', item_ids: loved.slice(0, 5 + Math.floor(random() * 35)), ranked: random() < 0.5 }]
  })
  return { members, follows, reviews, likes, lists }
}
