import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll } from 'vitest'
import type { View } from '../../runtime/view.ts'
import { conformance } from '../conformance.ts'
import { laws } from '../laws.ts'
import { connect } from './connect.ts'

const sink = await connect(endpointsFrom(process.env))
const open = async (view: View) => sink.open(view)
afterAll(() => sink.close())

conformance('redis', true, open)
laws('redis', { open, fences: true, runs: 20 })
