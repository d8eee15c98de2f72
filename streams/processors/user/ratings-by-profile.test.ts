import { describe, expect, it } from 'vitest'
import { driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import processor from './ratings-by-profile.ts'

const topic = 'cdc.user.ratings'
const rating = (half_stars: number) => ({ profile_id: 'p1', title_id: 't1', half_stars, rated_at: 1, version: half_stars })

describe('ratings-by-profile', () => {
  it('given a life of a rating, tells it change by change', async () => {
    const changes = [created(topic, rating(1)), updated(topic, rating(1), rating(2)), deleted(topic, rating(2)), created(topic, rating(3)), snapshot(topic, rating(3))]
    expect((await driveProcessor(processor)).apply(...changes).emitted()).toEqual(changes.map(({ op, before, after }) => ({ op, before, after })))
  })
})
