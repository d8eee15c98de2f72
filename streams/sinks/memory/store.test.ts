import type { View } from '../../runtime/view.ts'
import { conformance } from '../conformance.ts'
import { laws } from '../laws.ts'
import { openStore } from './store.ts'

const connection = { tables: new Map() }
const open = async (view: View) => openStore(connection, view)

conformance('memory', true, open)
laws('memory', { open, fences: true, runs: 100 })
