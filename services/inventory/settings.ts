/** What inventory is told while it runs: entries of namespace `services`, and flags. */
import type { Log } from '@cdlc/streams/runtime/log.ts'
import Type from 'typebox'
import type { Configuration } from '../shared/configuration.ts'
import { openFlags } from '../shared/flags.ts'
import type { InventorySettings } from './ports.ts'

/** Settings that follow the configuration; where it says nothing, 20 related titles, and trending is on. */
export function inventorySettings(configuration: Configuration, log: Log): InventorySettings {
  const flags = openFlags(configuration, log)
  return {
    relatedTitles: configuration.setting({ namespace: 'services', name: 'inventory.related-titles', schema: Type.Integer({ minimum: 1, maximum: 100 }), fallback: 20 }),
    showsTrending: () => flags.getBooleanValue('trending', true),
  }
}
