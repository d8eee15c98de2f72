/** Checks that every schema of the catalogue can follow its whole frozen history, and says in plain words where it cannot. */
import { schemaOf, type AvroRecord } from './avro.ts'
import { frozenSubjects, frozenVersions, historyFolder, sameSchema, tampering, type FrozenVersion, type Tampering } from './history.ts'
import { avroType } from './long.ts'
import { resolve } from './model.ts'
import { misfits, type Misfit } from './resolution.ts'
import { compatibilityOf, contracts, subjectOf, type Compatibility } from './topics.ts'

/** One broken rule. `version` is the frozen version it is broken against; 0 where none is concerned. */
export interface Break {
  readonly subject: string
  readonly version: number
  readonly path: string
  readonly rule: Rule | Tampering['rule']
  readonly message: string
}

export type Rule =
  | 'default-missing'
  | 'field-removed'
  | 'type-changed'
  | 'record-renamed'
  | 'symbol-removed'
  | 'symbol-added'
  | 'branch-removed'
  | 'branch-added'
  | 'size-changed'
  | 'unit-changed'
  | 'invalid-schema'
  | 'not-frozen'
  | 'subject-removed'

/** Breaks of one schema against versions of its subject, each version once in each direction that the rule asks for. */
export function breaksOf(
  subject: string,
  current: AvroRecord,
  history: readonly FrozenVersion[],
  compatibility: Compatibility,
): readonly Break[] {
  const broken = (version: number, path: string, rule: Rule, message: string): Break => ({ subject, version, path, rule, message })
  try {
    avroType(current)
  } catch (error) {
    return [broken(0, '', 'invalid-schema', `it is no Avro schema: ${error instanceof Error ? error.message : String(error)}`)]
  }
  const now = resolve(current)
  return history.flatMap(({ version, schema }) => {
    const then = resolve(schema)
    const backward = misfits(now, then).map((misfit) => {
      const [rule, words] = backwardWords(misfit, version)
      return broken(version, misfit.path, rule, words)
    })
    if (compatibility === 'BACKWARD_TRANSITIVE') return backward
    const forward = misfits(then, now).map((misfit) => {
      const [rule, words] = forwardWords(misfit, version)
      return broken(version, misfit.path, rule, words)
    })
    // a change that breaks both ways in the same manner is told once
    return [...backward, ...forward.filter(({ path, rule }) => !backward.some((told) => told.path === path && told.rule === rule))]
  })
}

/** New readers, old records. */
function backwardWords({ path, kind, reader, writer }: Misfit, version: number): readonly [Rule, string] {
  const records = `records of version ${version}`
  switch (kind) {
    case 'no-default':
      return ['default-missing', `field '${path}' was added without a default, and ${records} lack it; give it one`]
    case 'type':
      return [
        'type-changed',
        `${at(path)} changed from ${writer} to ${reader}, which cannot be read from ${records}; add a field of another name`,
      ]
    case 'name':
      return ['record-renamed', `${at(path)} was renamed from ${writer} to ${reader}; keep its name`]
    case 'symbols':
      return ['symbol-removed', `${at(path)} lost the enum's ${writer}, which ${records} may hold; keep it, or give the enum a default`]
    case 'branch':
      return ['branch-removed', `${at(path)} no longer takes ${writer}, which ${records} may hold; keep it in the union`]
    case 'size':
      return ['size-changed', `${at(path)} changed its size from ${writer} to ${reader} bytes; add a field of another name`]
    case 'meaning':
      return [
        'unit-changed',
        `${at(path)} changed its meaning from ${writer} to ${reader}: numbers of ${records} would be misread; add a field of another name`,
      ]
  }
}

/** Old readers, new records. */
function forwardWords({ path, kind, reader, writer }: Misfit, version: number): readonly [Rule, string] {
  const readers = `readers of version ${version}`
  switch (kind) {
    case 'no-default':
      return ['field-removed', `field '${path}' was removed, and ${readers} have no default for it; keep it`]
    case 'type':
      return ['type-changed', `${at(path)} changed from ${reader} to ${writer}, which ${readers} cannot read; add a field of another name`]
    case 'name':
      return ['record-renamed', `${at(path)} was renamed from ${reader} to ${writer}, which ${readers} do not know; keep its name`]
    case 'symbols':
      return [
        'symbol-added',
        `${at(path)} gained the enum's ${writer}, which ${readers} do not know, and their enum has no default; add a field of another name`,
      ]
    case 'branch':
      return ['branch-added', `${at(path)} now takes ${writer}, which ${readers} cannot read; add a field of another name`]
    case 'size':
      return ['size-changed', `${at(path)} changed its size from ${reader} to ${writer} bytes; add a field of another name`]
    case 'meaning':
      return [
        'unit-changed',
        `${at(path)} changed its meaning from ${reader} to ${writer}: ${readers} would misread its numbers; add a field of another name`,
      ]
  }
}

const at = (path: string): string => (path === '' ? 'the record' : `field '${path}'`)

/** Every break of the catalogue: against the history, in the history's own files, and schemas that are not frozen yet. */
export function checkContracts(folder = historyFolder): readonly Break[] {
  const tampered = tampering(folder).map((found) => ({ ...found, path: '' }))
  const subjects = new Set(contracts.map((spec) => subjectOf(spec.name)))
  const removed = frozenSubjects(folder)
    .filter((subject) => !subjects.has(subject))
    .map((subject): Break => ({
      subject,
      version: 0,
      path: '',
      rule: 'subject-removed',
      message: 'its topic left the catalogue, yet its records are kept for ever; put it back',
    }))
  const broken = contracts.flatMap((spec) => {
    const subject = subjectOf(spec.name)
    const history = frozenVersions(subject, folder)
    const current = schemaOf(spec.name)
    const breaks = breaksOf(subject, current, history, compatibilityOf(spec))
    return breaks.length > 0 || sameSchema(history.at(-1)?.schema, current) ? breaks : [unfrozen(subject, history.length)]
  })
  return [...tampered, ...removed, ...broken]
}

const unfrozen = (subject: string, version: number): Break => ({
  subject,
  version,
  path: '',
  rule: 'not-frozen',
  message:
    version === 0
      ? "it has no frozen version; run 'npx cdlc schemas freeze'"
      : `it is allowed to follow version ${version}, but not frozen; run 'npx cdlc schemas freeze'`,
})
