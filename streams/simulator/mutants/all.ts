/** Every mutant. */
import type { Mutant } from './mutant.ts'
import { ofRedis } from './redis.ts'
import { ofRuntime } from './runtime.ts'
import { ofStores } from './stores.ts'

export const all: readonly Mutant[] = [...ofRuntime, ...ofRedis, ...ofStores]
