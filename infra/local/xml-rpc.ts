/** As much XML-RPC as supervisor speaks: strings and booleans out; strings, integers, booleans, lists and records back. */

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }

const escaped = (text: string): string => text.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`)
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const plain = (text: string): string =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code: string | undefined, name: string | undefined) =>
    code !== undefined ? String.fromCodePoint(Number(code)) : (named[name ?? ''] ?? whole),
  )

/** A call as XML. */
export function callOf(method: string, params: readonly (string | boolean)[]): string {
  const value = (param: string | boolean): string =>
    typeof param === 'string' ? `<string>${escaped(param)}</string>` : `<boolean>${param ? 1 : 0}</boolean>`
  const list = params.map((param) => `<param><value>${value(param)}</value></param>`).join('')
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${list}</params></methodCall>`
}

/** The value of an answer; throws what a fault says. */
export function answerOf(xml: string): Value {
  const tokens: readonly string[] = xml.match(/<[^>]+>|[^<]+/g) ?? []
  let at = tokens.indexOf('<value>')
  if (at < 0) throw new Error(`reading an XML-RPC answer: no value in '${xml.slice(0, 200)}'`)
  const next = (): string => tokens[at++] ?? '</methodResponse>'
  const skipSpace = (): void => {
    while (tokens[at]?.trim() === '') at++
  }
  const text = (close: string): string => {
    let found = ''
    for (let token = next(); token !== close && token !== '</methodResponse>'; token = next()) found += token
    return plain(found)
  }
  const value = (): Value => {
    const open = next() // after <value>
    switch (open) {
      case '<string>':
        return text('</string>')
      case '<int>':
        return Number(text('</int>'))
      case '<i4>':
        return Number(text('</i4>'))
      case '<double>':
        return Number(text('</double>'))
      case '<boolean>':
        return text('</boolean>') === '1'
      case '<array>':
        return values('</data>', value)
      case '<struct>':
        return Object.fromEntries(values('</struct>', member))
      case '</value>':
        at--
        return ''
      case '<nil/>':
      case '<string/>':
        return null
      default:
        return plain(open)
    }
  }
  const values = <T>(close: string, one: () => T): T[] => {
    const found: T[] = []
    for (let token = next(); token !== close && token !== '</methodResponse>'; token = next()) {
      if (token !== '<value>' && token !== '<member>') continue
      skipSpace()
      found.push(one())
    }
    return found
  }
  const member = (): [string, Value] => {
    next() // <name>
    const name = text('</name>')
    while (tokens[at] !== undefined && tokens[at] !== '<value>') at++
    at++
    skipSpace()
    return [name, value()]
  }
  at++
  skipSpace()
  const result = value()
  if (!xml.includes('<fault>')) return result
  throw new Error(`supervisor refuses: ${JSON.stringify(result)}`)
}
