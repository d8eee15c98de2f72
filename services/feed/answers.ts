/** What the routes answer: activities with the cards of people and the names of titles. */
import type { Turned } from './feed.ts'
import { group } from './group.ts'
import { inPieces, type People } from './people.ts'
import type { Activity, FeedViews } from './ports.ts'

interface PersonAnswer { readonly profile_id: string; readonly handle: string; readonly name: string }

/** Somebody who was met when the activity was found to be seen: there is a card. */
function personOf(people: People, profile_id: string): PersonAnswer {
  const person = people.get(profile_id)
  if (person === undefined) throw new Error(`answering with '${profile_id}': nobody has asked whether they may be seen`)
  const { handle, name } = person.card
  return { profile_id, handle, name }
}

type AnswerOf = (activity: Activity) => ReturnType<typeof activityAnswer>
function activityAnswer(people: People, names: ReadonlyMap<string, string>, { activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at }: Activity) {
  return {
    activity_id, profile: personOf(people, profile_id), kind, subject_kind, subject_id,
    title: title_id === null ? null : { title_id, name: names.get(title_id) ?? null },
    other: other_id === null ? null : personOf(people, other_id),
    stars: half_stars === null ? null : half_stars / 2, occurred_at: new Date(occurred_at).toISOString(),
  }
}

async function answering(views: Pick<FeedViews, 'titles'>, { shown, people }: Pick<Turned, 'shown' | 'people'>): Promise<AnswerOf> {
  const ids = [...new Set(shown.flatMap(({ activity: { title_id } }) => (title_id === null ? [] : [title_id])))]
  const names = new Map((await Promise.all(inPieces(ids).map((some) => views.titles(some)))).flatMap((some) => [...some]))
  return (activity) => activityAnswer(people, names, activity)
}

/** One by one. */
export async function activityAnswers(views: Pick<FeedViews, 'titles'>, turned: Turned) {
  return turned.shown.map(({ activity }) => activity).map(await answering(views, turned))
}

/** In groups. */
export async function itemAnswers(views: Pick<FeedViews, 'titles'>, turned: Turned) {
  const answerOf = await answering(views, turned)
  return group(turned.shown).map(({ activities, profiles, reason }) => ({ kind: activities[0]?.kind ?? '', activities: activities.map(answerOf), profiles, reason }))
}
