/** How requests are checked: nothing is stripped or filled in silently, and only text that had to be text is read as numbers. */
import { Ajv, type Options } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { FieldError } from './errors.ts'

const standard = formats.default
const options: Options = {
  removeAdditional: false,
  useDefaults: true,
  allErrors: false,
  strictTypes: false,
  allowUnionTypes: true,
  messages: true,
}

/** MySQL holds no earlier date and no later year; a leap second is an instant that JavaScript cannot hold. */
const within = (text: string, first: string, last: string): boolean => {
  const at = Date.parse(text)
  return at >= Date.parse(first) && at <= Date.parse(last)
}
const matches = (format: 'date' | 'date-time', text: string): boolean => {
  const known = standard.get(format) as { readonly validate: (text: string) => boolean }
  return known.validate(text)
}

function compilerWith(coerceTypes: boolean): Ajv {
  // 400 nines coerce to Infinity, which strict numbers exempt from `maximum`
  const ajv = new Ajv({ ...options, coerceTypes, strictNumbers: !coerceTypes, strictSchema: false })
  ajv.addFormat('date', (text) => matches('date', text) && within(text, '1000-01-01', '2199-12-31'))
  ajv.addFormat('date-time', (text) => matches('date-time', text) && within(text, '1900-01-01T00:00:00Z', '2199-12-31T23:59:59Z'))
  return ajv
}

/** A Fastify validator compiler; numbers in a path or query string are text, those in a body must be numbers. */
export function createValidator(): FastifySchemaCompiler<object> {
  const strict = compilerWith(false)
  const lenient = compilerWith(true)
  return ({ schema, httpPart }) => (httpPart === 'querystring' || httpPart === 'params' ? lenient : strict).compile(schema)
}

const unescaped = (pointer: string): string =>
  pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
const printable = (text: string): string =>
  (text.length > 100 ? `${text.slice(0, 100)}…` : text).toWellFormed().replace(/\p{Cc}/gu, '\ufffd')

/** The field an error of the validator is about, with the part of the request it is in where that is not the body. */
export function fieldErrors(errors: readonly FastifySchemaValidationError[], part: string | undefined): readonly FieldError[] {
  const prefix =
    part === undefined || part === 'body'
      ? ''
      : `${({ querystring: 'query', params: 'path', headers: 'header' } as Record<string, string>)[part] ?? part}.`
  return errors.slice(0, 20).map(({ instancePath, keyword, params, message }) => {
    const named =
      keyword === 'additionalProperties' ? params['additionalProperty'] : keyword === 'required' ? params['missingProperty'] : undefined
    const inside = [unescaped(instancePath), ...(named === undefined ? [] : [String(named)])].filter((piece) => piece !== '').join('.')
    const words =
      keyword === 'additionalProperties'
        ? 'is not a field of this request'
        : keyword === 'required'
          ? 'is required'
          : keyword === 'enum'
            ? `must be one of ${((params['allowedValues'] as readonly unknown[] | undefined) ?? []).join(', ')}`
            : keyword === 'pattern'
              ? 'holds characters that are not allowed here, or has the wrong form'
              : (message ?? 'is not valid')
    return { field: printable(`${prefix}${inside === '' && prefix === '' ? 'body' : inside}`), message: words }
  })
}
