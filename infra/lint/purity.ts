/** Views, processors and deciders compute from what they are given: no clock, chance, timer, process, network, locale or driver. */
import { isProjection, isTest, packageOf } from './places.ts'
import { fileOf, type Rule } from './rule.ts'

const outside: Readonly<Record<string, string>> = {
  Date: 'a clock, and the machine\'s time zone; take instants from the event or the command, as ms',
  performance: 'a clock', setTimeout: 'a timer', setInterval: 'a timer', setImmediate: 'a timer', queueMicrotask: 'a timer',
  process: 'the process', fetch: 'the network', WebSocket: 'the network', crypto: 'chance', console: 'output', Buffer: 'Node',
  require: 'Node', globalThis: 'everything outside', global: 'everything outside', Intl: 'the machine\'s locale', Atomics: 'shared memory',
}

/** Methods whose result depends on the machine they run on. */
const local = /^(toLocale\w*|localeCompare)$/

export const purity: Rule = {
  create(context) {
    const file = fileOf(context)
    const { sourceCode } = context
    if (isTest(file)) return {}
    const decides = /^services\/[^/]+\/[^/]+\.ts$/.test(file) && sourceCode.ast.body.some((statement) =>
      statement.type === 'ExportNamedDeclaration' && namesOf(statement.declaration).some((name) => /^(decide|evolve)([A-Z]|$)/.test(name)))
    if (!decides && !isProjection(file)) return {}
    const what = decides ? 'a decider' : 'a view or processor'
    return {
      Program() {
        const scope = sourceCode.scopeManager.globalScope
        // a name is from outside if nothing defines it; the linter knows some such names, and gathers their uses by variable
        const uses = [...scope?.through ?? [], ...(scope?.variables ?? []).filter(({ defs }) => defs.length === 0).flatMap(({ references }) => references)]
        for (const { identifier } of uses) {
          const reason = Object.hasOwn(outside, identifier.name) ? outside[identifier.name] : undefined
          if (reason !== undefined) context.report({ node: identifier, message: `${what} is pure: '${identifier.name}' is ${reason}` })
        }
      },
      ImportDeclaration({ source, importKind }) {
        const foreign = source.value.startsWith('node:') ? source.value : packageOf(source.value)
        if (importKind === 'type' || foreign === undefined || foreign.startsWith('@cdlc/')) return
        context.report({ node: source, message: `${what} is pure: it imports nothing from outside the house, not '${source.value}'` })
      },
      ImportExpression(node) {
        context.report({ node, message: `${what} is pure: it loads nothing while it runs` })
      },
      MemberExpression(node) {
        const { object, property } = node
        if (property.type !== 'Identifier') return
        if (object.type === 'Identifier' && object.name === 'Math' && property.name === 'random') context.report({ node, message: `${what} is pure: 'Math.random' is chance` })
        if (local.test(property.name)) context.report({ node, message: `${what} is pure: '${property.name}' depends on the machine's locale` })
      },
      VariableDeclarator(node) {
        if (node.init?.type === 'Identifier' && node.init.name === 'Math') context.report({ node, message: `${what} is pure: name Math's functions one by one, so that 'random' is seen` })
      },
    }
  },
}

/** Names that a declaration declares. */
function namesOf(declaration: { readonly type: string } & Partial<Record<'id' | 'declarations', unknown>> | null): readonly string[] {
  const ids = declaration === null ? [] : Array.isArray(declaration.declarations) ? declaration.declarations.map((each: { readonly id?: unknown }) => each.id) : [declaration.id]
  return ids.flatMap((id) => (typeof id === 'object' && id !== null && 'name' in id ? [String(id.name)] : []))
}
