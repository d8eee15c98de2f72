import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll } from 'vitest'
import { conformance } from '../conformance.ts'
import { connect } from './connect.ts'

const sink = await connect(endpointsFrom(process.env))
afterAll(() => sink.close())

conformance('scylla', false, async (view) => sink.open(view))
