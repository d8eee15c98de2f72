import { keepEveryPromise } from './seeds.ts'

keepEveryPromise({ from: 5_000, seeds: 5_000 })
