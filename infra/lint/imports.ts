/** Layers point one way, and each driver has one home. */
import { importProblem } from './places.ts'
import { fileOf, type Rule } from './rule.ts'

export const imports: Rule = {
  create(context) {
    const file = fileOf(context)
    function check(source: Parameters<typeof context.report>[0]['node'] & { readonly value?: unknown }): void {
      const problem = typeof source.value === 'string' ? importProblem(file, source.value) : undefined
      if (problem !== undefined) context.report({ node: source, message: problem })
    }
    return {
      ImportDeclaration: ({ source }) => { check(source) },
      ExportAllDeclaration: ({ source }) => { check(source) },
      ExportNamedDeclaration: ({ source }) => { if (source !== null) check(source) },
      ImportExpression: ({ source }) => { if (source.type === 'Literal') check(source) },
      TSImportType: ({ source }) => { check(source) },
    }
  },
}
