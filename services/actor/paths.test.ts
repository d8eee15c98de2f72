import { expect, test } from 'vitest'
import { actorOver, actorPorts, id } from '../testing.ts'

const person = (person_id: string) => ({ person_id, name: 'Al', born_on: null, died_on: null, birthplace: null, biography: null, version: 1, updated_at: 1 })
const [one, other] = [id.person, '01JD0Z3V9Q4T6M2X8B7C5N1K0B']
const steps = [{ kind: 'person', person_id: one, name: 'Al' }, { kind: 'title', title_id: id.title, name: 'Heat' }, { kind: 'person', person_id: other, name: 'Bob' }] as const
const over = (path: () => Promise<typeof steps | undefined>) => actorOver({ views: { ...actorPorts.views, person: async (person_id) => (person_id === id.credit ? undefined : person(person_id)), path } })

test('two people who were in one film are a degree apart', async () => {
  const answer = await over(async () => steps).inject(`/v1/people/${one}/path/${other}`)
  expect(answer.json()).toEqual({
    degrees: 1, steps: [{ kind: 'person', name: 'Al', person_id: one, title_id: null }, { kind: 'title', name: 'Heat', person_id: null, title_id: id.title }, { kind: 'person', name: 'Bob', person_id: other, title_id: null }],
  })
})

test('where there is no way, there are no degrees; one who is not there is named', async () => {
  const app = over(async () => undefined)
  expect((await app.inject(`/v1/people/${one}/path/${other}`)).json()).toEqual({ degrees: null, steps: [] })
  for (const [path, field] of [[`${id.credit}/path/${other}`, 'path.person_id'], [`${one}/path/${id.credit}`, 'path.other_id']] as const) {
    const answer = await app.inject(`/v1/people/${path}`)
    expect([answer.statusCode, answer.json<{ errors: readonly { field: string }[] }>().errors[0]?.field]).toEqual([404, field])
  }
})
