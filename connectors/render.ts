/** Fills the placeholders of the connector configurations: addresses from the endpoints, the secret from the environment. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { connectors, type Connector } from './configs.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Who Debezium is to MySQL: `CDLC_DEBEZIUM_USER` and `CDLC_DEBEZIUM_PASSWORD`. */
export const debeziumUser = (env: Environment): { readonly user: string; readonly password: string } =>
  ({ user: env['CDLC_DEBEZIUM_USER'] ?? 'debezium', password: env['CDLC_DEBEZIUM_PASSWORD'] ?? 'debezium' })

/** Value of each placeholder that a configuration may hold. */
export function placeholders(endpoints: Endpoints, env: Environment): Readonly<Record<string, string>> {
  const { user, password } = debeziumUser(env)
  return {
    'mysql.host': endpoints.mysql.host,
    'mysql.port': String(endpoints.mysql.port),
    'debezium.user': user,
    'debezium.password': password,
    'kafka.brokers': endpoints.kafka.brokers.join(','),
    // the converter speaks Apicurio's own API, at another path of the server that the Confluent one is at
    'registry.native.url': new URL('/apis/registry/v2', endpoints.registry.url).href,
  }
}

/** A configuration with its placeholders filled. Theirs is a dotted name, `${mysql.host}`; Debezium's own `${routedByValue}` stays. */
export function render({ name, config }: Connector, values: Readonly<Record<string, string>>): Connector {
  const fill = (text: string): string => text.replace(/\$\{([a-z]+(?:\.[a-z]+)+)\}/g, (_, placeholder: string) => {
    const value = values[placeholder]
    if (value === undefined) throw new Error(`rendering connector config '${name}.json': no value for '\${${placeholder}}'; there are ${Object.keys(values).join(', ')}`)
    return value
  })
  return { name, config: Object.fromEntries(Object.entries(config).map(([field, value]) => [field, fill(value)])) }
}

/** Every connector of this folder, ready to be sent to Connect. */
export const rendered = (endpoints: Endpoints, env: Environment = process.env): readonly Connector[] =>
  connectors().map((connector) => render(connector, placeholders(endpoints, env)))
