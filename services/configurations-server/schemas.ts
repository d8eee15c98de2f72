/** Shapes of requests and answers. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Text } from '../shared/text.ts'

const Name = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[a-z0-9]+(?:[-.][a-z0-9]+)*$' })
export const Namespace = Name(60)
export const EntryName = Name(100)
export const NamespacePath = Fields({ namespace: Namespace })
export const EntryPath = Fields({ namespace: Namespace, name: EntryName })
export const VersionNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
export const VersionPath = Fields({ namespace: Namespace, name: EntryName, version: VersionNumber })

const Reason = Text(500)
export const NewValue = Fields({
  value: Type.Unknown({ description: 'any JSON that keeps the schema' }),
  schema: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'JSON Schema (2020-12) of this value and the next ones; left out: as it was. Flags have one of their own' })),
  reason: Reason,
})
export const RollBack = Fields({ to: VersionNumber, reason: Reason })
export const Removal = Fields({ reason: Reason })

export const WriteHeaders = Type.Object({
  'if-match': Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'ETag of the version that this changes, or `*`; needed where there is one' })),
  'if-none-match': Type.Optional(Type.String({ const: '*', description: 'refuse with 412 where there is one' })),
})
export const ReadHeaders = Type.Object({
  'if-none-match': Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description: 'answer 304 if nothing changed' })),
})

export const Version = Fields({
  version: Type.Integer(),
  value: Type.Unknown({ description: 'null where the entry was removed' }),
  schema: Nullable(Type.Object({}, { additionalProperties: true })),
  change: Type.String({ enum: ['Set', 'RolledBack', 'Removed', 'Unknown'] }),
  rolled_back_to: Nullable(Type.Integer()),
  author: Fields({ kind: Type.String({ enum: ['person', 'service'] }), id: Type.String(), client_id: Line(200) }),
  reason: Type.String(),
  changed_at: Instant,
})
export const Entry = Fields({ namespace: Namespace, name: EntryName, ...Version.properties })
export const NamespaceItem = Fields({ namespace: Namespace, entries: Type.Integer(), changed_at: Instant })

const Operations = Type.Array(Type.Object({ op: Type.String({ enum: ['add', 'replace', 'remove'] }), path: Type.String(), value: Type.Optional(Type.Unknown()) }))
export const Difference = Fields({ from: Type.Integer(), to: Type.Integer(), value: Operations, schema: Operations })
