/** What the rules share: the shape that oxlint wants of one, and the path of the file at hand. */
import { relative, sep } from 'node:path'
import type { RuleTester } from 'oxlint/plugins-dev'

export type Rule = Parameters<RuleTester['run']>[1]

/** Path of the linted file from the folder that the linter runs in, which is the root. */
export const fileOf = ({ cwd, filename }: { readonly cwd: string; readonly filename: string }): string =>
  relative(cwd, filename).split(sep).join('/')
