/** TypeScript that Node runs as it is, no tests left out, and no Scylla write with the default clock. */
import { isTest } from './places.ts'
import { fileOf, type Rule } from './rule.ts'

const leavesOut = /^(only|skip|skipIf|runIf|todo|fails)$/
const testFunctions = /^(it|test|describe|suite|bench)$/

export const language: Rule = {
  create(context) {
    return {
      TSEnumDeclaration(node) {
        context.report({ node, message: 'no enum: a union of strings says the same, and Node can run it' })
      },
      Decorator(node) {
        context.report({ node, message: 'no decorator: functions compose without' })
      },
      MemberExpression(node) {
        const { object, property } = node
        if (property.type !== 'Identifier' || !leavesOut.test(property.name)) return
        if (object.type === 'Identifier' && testFunctions.test(object.name)) context.report({ node, message: `no '${object.name}.${property.name}': every test runs, every time` })
      },
    }
  },
}

/** A write whose timestamp is not the event's position shadows its row for ever, since the clock is far ahead of any position. */
export const timestamps: Rule = {
  create(context) {
    const file = fileOf(context)
    if (!/^streams\/(sinks\/scylla|views)\//.test(file) || isTest(file)) return {}
    const check = (node: Parameters<typeof context.report>[0]['node'], text: string): void => {
      const writes = /^\s*(INSERT\s+INTO|UPDATE\s+\S+\s+(USING|SET)|DELETE\s.*\bFROM|DELETE\s+FROM)\b/i.test(text)
      if (writes && !/\bTIMESTAMP\b/i.test(text) && node !== undefined) context.report({ node, message: 'a Scylla write names its time, \'USING TIMESTAMP\', which is the event\'s position: the default clock would shadow the row for ever' })
    }
    return {
      Literal(node) { if (typeof node.value === 'string') check(node, node.value) },
      TemplateLiteral(node) { check(node, node.quasis.map(({ value }) => value.raw).join('?')) },
    }
  },
}
