import { conformance } from '../conformance.ts'
import { openStore } from './store.ts'

const connection = { tables: new Map() }
conformance('memory', true, async (view) => openStore(connection, view))
