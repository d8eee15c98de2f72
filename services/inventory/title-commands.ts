/** Runs a title's commands: state under lock, decision, rows and domain event, in the caller's transaction. */
import { instantOf } from '../shared/clock.ts'
import { accepted } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import type { InventoryPorts } from './ports.ts'
import { append, lockTitle, lockTitleFrom, readGenres } from './title-store.ts'
import { decide, type Title, type TitleChange, type TitleCommand } from './title.ts'

type CommandPorts = Pick<InventoryPorts, 'clock' | 'outbox'>
type Unready<C> = C extends TitleCommand ? Omit<C, 'now_us' | 'known_genres'> : never
export type TitleRequest = Unready<TitleCommand>

export interface Outcome {
  readonly before: Title | undefined
  readonly after: Title | undefined
  readonly changed: boolean
}

/** `prepare` the outbox first. Throws Refused. */
export async function run({ clock, outbox }: CommandPorts, sql: Sql, title_id: string, request: TitleRequest): Promise<Outcome> {
  const before =
    request.do === 'add' && request.title.source_ref !== null
      ? await lockTitleFrom(sql, request.title.source_ref)
      : await lockTitle(sql, title_id)
  const genres =
    request.do === 'add' || request.do === 'revise' ? { known_genres: new Set((await readGenres(sql)).map(({ genre }) => genre)) } : {}
  clock.saw(before?.version ?? 0)
  const command = { ...request, ...genres, now_us: clock.micros() } as TitleCommand
  const events = accepted(decide(before, command))
  const after = await append(sql, title_id, before, events)
  for (const event of events) await tell(outbox, sql, before ?? after, event)
  return { before, after, changed: events.length > 0 }
}

/** Only what concerns the title itself is told; its parts are state, and travel as such. */
async function tell(outbox: CommandPorts['outbox'], sql: Sql, title: Title | undefined, event: TitleChange): Promise<void> {
  if (title === undefined || (event.type !== 'TitleAdded' && event.type !== 'TitleRevised' && event.type !== 'TitleRemoved')) return
  const version = event.type === 'TitleAdded' ? event.title.version : event.version
  const name = event.type === 'TitleRevised' ? event.fields.name : title.name
  await outbox.write(sql, { title_id: title.title_id, type: event.type, occurred_at: instantOf(version), version, name, kind: title.kind })
}
