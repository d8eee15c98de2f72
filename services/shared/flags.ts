/** Feature flags of the configuration as an OpenFeature provider: apps ask OpenFeature's client, and know nothing of where flags are kept. */
import type { Log } from '@cdlc/streams/runtime/log.ts'
import {
  FlagNotFoundError, OpenFeature, OpenFeatureEventEmitter, ParseError, ProviderEvents, ProviderNotReadyError, TargetingKeyMissingError, TypeMismatchError,
  type Client, type EvaluationContext, type JsonValue, type Provider, type ResolutionDetails,
} from '@openfeature/server-sdk'
import { Ajv } from 'ajv'
import type { Configuration } from './configuration.ts'
import { evaluate, Flag, flagProblem, flagsNamespace } from './flag-rules.ts'

const validate = new Ajv({ strict: false }).compile<Flag>(Flag)

/** The provider. A flag that is not one any more stays what it was before, and is logged once. */
export function flagProvider(configuration: Configuration, log: Log): Provider {
  const events = new OpenFeatureEventEmitter()
  const parsed = new Map<string, { readonly text: string; readonly flag: Flag | undefined }>()

  function flagOf(name: string): Flag {
    if (configuration.state() === 'unknown') throw new ProviderNotReadyError('nothing is known of the configuration yet')
    const text = configuration.text(flagsNamespace, name)
    if (text === undefined) {
      parsed.delete(name)
      throw new FlagNotFoundError(`there is no flag '${name}'`)
    }
    const before = parsed.get(name)
    if (before?.text !== text) {
      const now = read(text)
      if (now === undefined) log('error', 'a flag is not one that this code can work with: the one before holds, if there is one', { flag: name })
      parsed.set(name, { text, flag: now ?? before?.flag })
    }
    const flag = parsed.get(name)?.flag
    if (flag === undefined) throw new ParseError(`flag '${name}' is not one that this code can work with`)
    return flag
  }

  function resolve<T>(name: string, { targetingKey, ...attributes }: EvaluationContext, isType: (value: unknown) => value is T): ResolutionDetails<T> {
    const evaluation = evaluate(flagOf(name), { ...attributes, ...(targetingKey === undefined ? {} : { targetingKey }) }, targetingKey)
    if (evaluation === 'targeting_key_missing') throw new TargetingKeyMissingError(`flag '${name}' is rolled out by targeting key`)
    const { value, variant, reason } = evaluation
    if (!isType(value)) throw new TypeMismatchError(`flag '${name}' has values of another type`)
    return { value, variant, reason }
  }

  configuration.onChange((keys) => {
    const state = configuration.state()
    const flagsChanged = keys.filter((key) => key.startsWith(`${flagsNamespace}/`)).map((key) => key.slice(flagsNamespace.length + 1))
    if (flagsChanged.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged })
    if (keys.length === 0 && state === 'current') events.emit(ProviderEvents.Ready)
    if (keys.length === 0 && (state === 'stale' || state === 'remembered')) events.emit(ProviderEvents.Stale)
  })
  return {
    metadata: { name: 'cdlc' },
    runsOn: 'server',
    events,
    async initialize() {
      await configuration.known()
      // the SDK says Ready when this resolves
      if (configuration.state() !== 'current') setImmediate(() => { events.emit(ProviderEvents.Stale) })
    },
    resolveBooleanEvaluation: async (name, _fallback, context) => resolve(name, context, (value) => typeof value === 'boolean'),
    resolveStringEvaluation: async (name, _fallback, context) => resolve(name, context, (value) => typeof value === 'string'),
    resolveNumberEvaluation: async (name, _fallback, context) => resolve(name, context, (value) => typeof value === 'number'),
    resolveObjectEvaluation: async <T extends JsonValue>(name: string, _fallback: T, context: EvaluationContext) =>
      resolve(name, context, (value): value is T => typeof value === 'object' && value !== null),
  }
}

function read(text: string): Flag | undefined {
  const value: unknown = JSON.parse(text)
  return validate(value) && flagProblem(value) === undefined ? value : undefined
}

/** A client of the flags; until they are known it answers the defaults it is asked with. */
export function openFlags(configuration: Configuration, log: Log, domain = 'cdlc'): Client {
  OpenFeature.setProvider(domain, flagProvider(configuration, log))
  return OpenFeature.getClient(domain)
}
