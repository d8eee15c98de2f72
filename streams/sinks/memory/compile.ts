/** Names of what a view keeps in memory. */
import { storeName, type View } from '../../runtime/view.ts'

export const tableName = (view: View): string => storeName(view)
