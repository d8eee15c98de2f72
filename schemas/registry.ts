/** The schema registry through its Confluent API: registering versions, and the schemas that records name by id. */
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type avsc from 'avsc'
import type { AvroRecord } from './avro.ts'
import { avroOptions } from './long.ts'
import { compatibilityOf, subjectOf, topics, type Compatibility } from './topics.ts'

/** `registry_unavailable`: no answer, or none of use, so trying again may help; `registry_refused`: it will not have that schema. */
export class RegistryError extends Error {
  readonly code: 'registry_unavailable' | 'registry_refused'
  constructor(code: 'registry_unavailable' | 'registry_refused', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface Registry {
  /** Adds a version to a subject, or finds it there; returns its id. Sets the subject's compatibility first where that differs. */
  register(subject: string, schema: AvroRecord): Promise<number>
  /** The type that the records with this schema id were written with; undefined where the registry knows no such id. */
  writerType(id: number): Promise<avsc.Type | undefined>
}

const ofSubject: ReadonlyMap<string, Compatibility> = new Map(topics.map((spec) => [subjectOf(spec.name), compatibilityOf(spec)]))

/** Opens nothing: requests are made as they are needed. */
export function openRegistry({ url }: { readonly url: string }): Registry {
  // The library builds its types with our options, so the types in its cache are the ones we decode with.
  const library = new SchemaRegistry({ host: url, clientId: 'cdlc' }, { [SchemaType.AVRO]: avroOptions() })
  return {
    async register(subject, schema) {
      const compatibility = ofSubject.get(subject) ?? 'FULL_TRANSITIVE'
      await holdTo(url, subject, compatibility)
      try {
        const registered = await library.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility: COMPATIBILITY[compatibility] },
        )
        return registered.id
      } catch (cause) {
        throw registryError(`registering a schema under subject '${subject}'`, cause)
      }
    },
    async writerType(id) {
      try {
        return (await library.getSchema(id)) as unknown as avsc.Type
      } catch (cause) {
        if (statusOf(cause) === 404) return undefined
        throw registryError(`reading schema ${id} from ${url}`, cause)
      }
    },
  }
}

/** Corrects the compatibility of a subject that exists. The library sets that of a new one, and gives up where one differs. */
async function holdTo(url: string, subject: string, compatibility: Compatibility): Promise<void> {
  const address = `${url}/config/${encodeURIComponent(subject)}`
  const attempted = `setting the compatibility of subject '${subject}' to ${compatibility}`
  try {
    const current = await fetch(address)
    if (current.status === 404) return
    if (current.ok && ((await current.json()) as { compatibilityLevel?: string }).compatibilityLevel === compatibility) return
    const set = await fetch(address, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility }),
    })
    if (!set.ok) throw new Error(`status ${set.status}: ${await set.text()}`)
  } catch (cause) {
    throw registryError(attempted, cause)
  }
}

const statusOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined)

function registryError(attempted: string, cause: unknown): RegistryError {
  const status = statusOf(cause)
  const code = status === 409 || status === 422 ? 'registry_refused' : 'registry_unavailable'
  return new RegistryError(code, `${attempted}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
}
