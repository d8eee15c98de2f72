/** What is answered for the most popular titles, to be repeated by a bare server. */
import type { Recorded } from './server-child.ts'

/** What Node's server writes itself. */
const ownHeaders = new Set(['connection', 'date', 'keep-alive', 'content-length', 'transfer-encoding'])

/** What the service answers for the most popular titles, once they are all there. */
export async function record(port: number, titles: number): Promise<Readonly<Record<string, Recorded>>> {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null && ids.length < titles;) {
    const page = await (await fetch(`http://127.0.0.1:${port}/v1/titles?sort=popularity&limit=50${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)).json() as { readonly items?: readonly { readonly title_id: string }[]; readonly next_cursor?: string | null }
    if (page.items === undefined) throw new Error(`listing titles to ask for: ${JSON.stringify(page)}`)
    ids.push(...page.items.map(({ title_id }) => title_id))
    cursor = page.next_cursor ?? null
  }
  if (ids.length === 0) throw new Error("listing titles to ask for: there are none; load some with 'npx cdlc seed'")
  const answers: Record<string, Recorded> = {}
  for (const title_id of ids.slice(0, titles)) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/titles/${title_id}`)
    if (answer.status !== 200) throw new Error(`asking for title '${title_id}': ${answer.status} ${await answer.text()}`)
    answers[title_id] = { headers: Object.fromEntries([...answer.headers].filter(([name]) => !ownHeaders.has(name))), body: await answer.text() }
  }
  return answers
}
