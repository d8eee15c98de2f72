/**
 * A feature flag as the configuration holds it, in namespace `flags`, and what it comes to for somebody. Pure.
 *
 * A flag that is not enabled gives `off`. Else the first rule that matches decides, then the roll-out, then `default`. A roll-out deals people
 * into 100,000 buckets: the first 48 bits of SHA-256 over `<salt>` NUL `<targeting key>`, big-endian, modulo 100,000. Its shares take buckets
 * from 0 on, in their order, so that a share that grows keeps those it had; a new salt deals anew.
 */
import { hash } from 'node:crypto'
import Type, { type Static } from 'typebox'
import { Fields, Line, Slug } from './text.ts'

export const flagsNamespace = 'flags'
export const buckets = 100_000

const Variant = Slug(50)
const Scalar = Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean()])
const operators = ['in', 'not_in', 'starts_with', 'ends_with', 'less', 'greater'] as const
const Rule = Fields({
  attribute: Line(50),
  operator: Type.Unsafe<(typeof operators)[number]>({ type: 'string', enum: [...operators] }),
  values: Type.Array(Scalar, { minItems: 1, maxItems: 500 }),
  variant: Variant,
})
const Share = Fields({ variant: Variant, buckets: Type.Integer({ minimum: 0, maximum: buckets }) })

/** JSON Schema of every flag. */
export const Flag = Fields({
  enabled: Type.Boolean(),
  variants: Type.Record(Type.String({ pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$', maxLength: 50 }), Type.Unknown(), { minProperties: 1, maxProperties: 20 }),
  default: Variant,
  off: Variant,
  rules: Type.Optional(Type.Array(Rule, { maxItems: 50 })),
  rollout: Type.Optional(Fields({ salt: Line(100), shares: Type.Array(Share, { minItems: 1, maxItems: 20 }) })),
})
export type Flag = Static<typeof Flag>

/** What the schema cannot say: the first thing wrong with a flag, and where. */
export function flagProblem({ variants, default: usual, off, rules = [], rollout }: Flag): { readonly field: string; readonly message: string } | undefined {
  const named = [['default', usual], ['off', off], ...rules.map(({ variant }, index) => [`rules.${index}.variant`, variant]), ...(rollout?.shares ?? []).map(({ variant }, index) => [`rollout.shares.${index}.variant`, variant])] as const
  const unknown = named.find(([, variant]) => variant === undefined || !Object.hasOwn(variants, variant))
  if (unknown !== undefined) return { field: unknown[0], message: 'names no variant of this flag' }
  const types = new Set(Object.values(variants).map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)))
  if (types.size > 1 || types.has('null')) return { field: 'variants', message: 'must all be of one type, and not null' }
  if ((rollout?.shares ?? []).reduce((sum, share) => sum + share.buckets, 0) > buckets) return { field: 'rollout.shares', message: `must not add up to more than ${buckets} buckets` }
  const compares = rules.findIndex(({ operator, values }) => (operator === 'less' || operator === 'greater') && (values.length !== 1 || typeof values[0] !== 'number'))
  return compares === -1 ? undefined : { field: `rules.${compares}.values`, message: 'must be one number, for less and greater' }
}

export type Attributes = Readonly<Record<string, unknown>>
/** Why, as OpenFeature names it. */
export type Reason = 'STATIC' | 'DEFAULT' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED'
export type Evaluation = { readonly variant: string; readonly value: unknown; readonly reason: Reason } | 'targeting_key_missing'

/** The bucket, 0 to 99,999, of somebody. */
export const bucketOf = (salt: string, targetingKey: string): number => Number.parseInt(hash('sha256', `${salt}\0${targetingKey}`, 'hex').slice(0, 12), 16) % buckets

function matches({ operator, values, attribute }: Static<typeof Rule>, attributes: Attributes): boolean {
  const actual = attributes[attribute]
  if (actual === undefined || actual === null) return false
  switch (operator) {
    case 'in':
      return values.some((value) => value === actual)
    case 'not_in':
      return values.every((value) => value !== actual)
    case 'starts_with':
      return typeof actual === 'string' && values.some((value) => actual.startsWith(String(value)))
    case 'ends_with':
      return typeof actual === 'string' && values.some((value) => actual.endsWith(String(value)))
    case 'less':
      return typeof actual === 'number' && actual < Number(values[0])
    case 'greater':
      return typeof actual === 'number' && actual > Number(values[0])
  }
}

/** What a flag comes to. */
export function evaluate(flag: Flag, attributes: Attributes, targetingKey: string | undefined): Evaluation {
  const of = (variant: string, reason: Reason): Evaluation => ({ variant, value: flag.variants[variant], reason })
  if (!flag.enabled) return of(flag.off, 'DISABLED')
  const rule = flag.rules?.find((one) => matches(one, attributes))
  if (rule !== undefined) return of(rule.variant, 'TARGETING_MATCH')
  if (flag.rollout === undefined) return of(flag.default, flag.rules === undefined || flag.rules.length === 0 ? 'STATIC' : 'DEFAULT')
  if (targetingKey === undefined || targetingKey === '') return 'targeting_key_missing'
  let rest = bucketOf(flag.rollout.salt, targetingKey)
  for (const share of flag.rollout.shares) {
    if (rest < share.buckets) return of(share.variant, 'SPLIT')
    rest -= share.buckets
  }
  return of(flag.default, 'SPLIT')
}
