import { describe, expect, it } from 'vitest'
import { driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import processor from './relations-by-other.ts'

const topic = 'cdc.user.relations'
const relation = (version: number, follow = 'following') =>
  ({ profile_id: 'p1', other_id: 'p2', follow, blocked: 0, muted: 0, followed_at: version, version })

describe('relations-by-other', () => {
  it('given a life of a relation, tells it change by change', async () => {
    const changes = [
      created(topic, relation(1, 'requested')), updated(topic, relation(1, 'requested'), relation(2)), deleted(topic, relation(2)),
      created(topic, relation(3)), snapshot(topic, relation(3)),
    ]
    const told = (await driveProcessor(processor)).apply(...changes).emitted()
    expect(told).toEqual(changes.map(({ op, before, after }) => ({ op, before, after })))
  })

  it('given a relation that comes to concern another, removes it at the one and tells the other', async () => {
    const [before, after] = [relation(1), { ...relation(2), other_id: 'p3' }]
    const told = (await driveProcessor(processor)).apply(updated(topic, before, after)).emitted()
    expect(told).toEqual([{ op: 'd', before, after: null }, { op: 'c', before: null, after }])
  })
})
