/** Which metrics a PromQL expression names: enough of its grammar to hold rules and dashboards against what the code exports. */

const keywords = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'offset', 'bool', 'inf', 'nan'])

/** Names of metrics and recorded series in an expression, each once. */
export function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replace(/\{[^{}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi, ' ')
    .replace(/[A-Za-z_][A-Za-z0-9_]*\s*\(/g, '(')
  const names = bare.match(/(?<![\d.$])[A-Za-z_:][A-Za-z0-9_:]*/g) ?? []
  return [...new Set(names.filter((name) => !keywords.has(name.toLowerCase())))]
}

/** The metric a sample belongs to: histograms and summaries have several series. */
export const familyOf = (name: string, families: ReadonlySet<string>): string | undefined =>
  [name, name.replace(/_(bucket|sum|count)$/, '')].find((candidate) => families.has(candidate))
