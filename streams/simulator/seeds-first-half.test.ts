import { keepEveryPromise } from './seeds.ts'

keepEveryPromise({ from: 0, seeds: 5_000 })
