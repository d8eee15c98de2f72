/** The house's own lint rules, beside oxlint's: they know its folders. `.oxlintrc.json` turns them on. */
import { imports } from './imports.ts'
import { language, timestamps } from './language.ts'
import { purity } from './purity.ts'

export default { meta: { name: 'house' }, rules: { imports, purity, language, timestamps } }
