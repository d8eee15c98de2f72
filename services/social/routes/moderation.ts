/** Reports, and the queue of those who decide them. */
import { identityOf } from '../../shared/access.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { cursorTo, placeOf } from '../../shared/pagination.ts'
import { Fields, Page } from '../../shared/text.ts'
import type { SocialPorts } from '../ports.ts'
import { report, settleReport } from '../report-commands.ts'
import { readReports } from '../report-reading.ts'
import { Decided, Decision, FiledReport, NewReport, OwnPath, Reported, ReportPath, ReportsAsked } from '../schemas-reviews.ts'
import { prepareToTell } from '../tell.ts'

const tags = ['moderation']
const none = Fields({})
const isPlace = (place: readonly unknown[]): place is readonly [string] => place.length === 1 && typeof place[0] === 'string' && /^[0-9A-Z]{26}$/.test(place[0])

export const moderationRoutes: Routes<SocialPorts> = (ports) => async (app) => {
  const { database, vault } = ports

  app.post('/v1/members/:profile_id/reports', {
    config: { access: { scope: 'social:write' } },
    schema: { tags, summary: 'Report a review, comment, list or card', params: OwnPath, querystring: none, headers: PostHeaders, body: NewReport, response: { 201: FiledReport, ...problems } },
  }, async (request, reply) => sendAnswer(reply, await once(database, request, async (sql) => {
    const { note = null, ...given } = request.body
    return { status: 201, headers: {}, body: { report_id: await report(ports, sql, request.params.profile_id, { ...given, note }) } }
  }, vault.requestDigest)))

  app.get('/v1/moderation/reports', {
    config: { access: { roles: ['editor', 'operator'] } },
    schema: { tags, summary: 'What has reports in one state, oldest first', querystring: ReportsAsked, response: { 200: Page(Reported), ...problems } },
  }, async (request) => {
    const { state = 'open', limit = 20, cursor } = request.query
    const place = placeOf(state, cursor, isPlace)
    const found = await database.read((sql) => readReports({ vault }, sql, state, limit + 1, place?.[0] ?? ''))
    const last = found.length > limit ? found[limit - 1] : undefined
    return { items: found.slice(0, limit), next_cursor: last === undefined ? null : cursorTo(state, [last.report_id]) }
  })

  app.post('/v1/moderation/reports/:report_id/decision', {
    config: { access: { roles: ['editor', 'operator'] } },
    schema: {
      tags, summary: 'Decide a report, and all others of the same subject', params: ReportPath, querystring: none, headers: PostHeaders, body: Decision, response: { 200: Decided, ...problems },
      description: '`hide` keeps a review or comment for its author alone, and makes a list private; `remove` removes it with all that was said of it, a card with all that its holder made. ' +
        'Its author is told of either, but for a card. `restore`, of an upheld report, shows a review or comment again that was hidden; a list stays private until its owner shows it.',
    },
  }, async (request, reply) => {
    await prepareToTell(ports)
    return sendAnswer(reply, await once(database, request, async (sql) => {
      const { report_id } = request.params
      return { status: 200, headers: {}, body: { report_id, ...await settleReport(ports, sql, identityOf(request).subject, report_id, request.body.decision) } }
    }))
  })
}
