import { describe, expect, it } from 'vitest'
import { rekeyed } from './rekey.ts'

const keyOf = ({ owner }: { readonly owner: string }): string => owner
const [ann, bob] = [{ owner: 'ann' }, { owner: 'bob' }]

describe('a rekeyed change', () => {
  it('is what it was, where the key stays: creations, changes, removals and snapshots go along', () => {
    for (const change of [
      { op: 'c', before: null, after: ann }, { op: 'u', before: ann, after: { ...ann } }, { op: 'd', before: ann, after: null }, { op: 'r', before: null, after: ann },
    ] as const) expect(rekeyed(change, keyOf)).toEqual([{ emit: change }])
  })

  it('is a removal under the old key and a creation under the new one, where it moves', () => {
    expect(rekeyed({ op: 'u', before: ann, after: bob }, keyOf)).toEqual([
      { emit: { op: 'd', before: ann, after: null } }, { emit: { op: 'c', before: null, after: bob } },
    ])
  })
})
