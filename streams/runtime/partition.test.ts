import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import { partitionOf } from './partition.ts'

const metadata = (partitions: number) => Array.from({ length: partitions }, (_, partitionId) => (
  { partitionErrorCode: 0, partitionId, leader: 1, replicas: [1], isr: [1] }))

test('a key has the partition that the producer gives it', () => {
  const produced = Partitioners.DefaultPartitioner()
  fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (key, partitions) => {
    const message = { key: Buffer.from(key, 'utf8'), value: null }
    expect(partitionOf(key, partitions)).toBe(produced({ topic: 't', partitionMetadata: metadata(partitions), message }))
  }))
})

// Kafka's own org.apache.kafka.common.utils.UtilsTest
test.each([['21', -973932308], ['foobar', -790332482], ['a-little-bit-long-string', -985981536]])('murmur2 of %s', async (text, hash) => {
  const { murmur2 } = await import('./partition.ts')
  expect(murmur2(Buffer.from(text))).toBe(hash)
})
