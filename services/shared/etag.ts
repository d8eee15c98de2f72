/**
 * Entity tags: `"<id>.<version>"`, where an id may have several parts, and `"<id>.<version>.gone"` once a row is removed. The gateway adds
 * `-<hash>` of what it answered, which says nothing of the row.
 */
import Type from 'typebox'
import { Refused } from './errors.ts'

export interface Tag {
  readonly id: string
  readonly version: number
  readonly gone: boolean
}

/** The tag of a row as it stands. */
export const etag = (id: string, version: number): string => `"${id}.${version}"`
/** The tag of the removal of a row that had this version. */
export const etagOfRemoval = (id: string, version: number): string => `"${id}.${version}.gone"`

const form = /^(?:W\/)?"([0-9A-Z]{26}(?:\.[0-9A-Z]{26})?)\.(\d{1,16})(\.gone)?(?:-[0-9a-f]{12})?"$/

/** The tags of a header such as `If-Match`; those that no service here wrote are left out. */
export function parseTags(header: string | undefined): readonly Tag[] {
  return (header ?? '').split(',').flatMap((part) => {
    const [, id, version, gone] = form.exec(part.trim()) ?? []
    return id === undefined ? [] : [{ id, version: Number(version), gone: gone !== undefined }]
  })
}

/** The versions of `id` that a write may replace; undefined: any. */
export function expectedVersions(ifMatch: string | undefined, id: string): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return parseTags(ifMatch).flatMap((tag) => (tag.id === id && !tag.gone ? [tag.version] : []))
}

/** Whether the client already has what this tag names. */
export const isKnown = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((part) => part.trim().replace(/^W\//, '') === tag))

/** The tags a read must not be older than; a header that names none is refused. */
export function readAfter(header: string | undefined): readonly Tag[] {
  const tags = parseTags(header)
  if (header !== undefined && tags.length === 0) {
    throw new Refused({ code: 'invalid_request', field: 'header.read-after', message: 'must be the ETag of an earlier write' })
  }
  return tags
}

const Tags = Type.String({ minLength: 1, maxLength: 1_000 })
/** Headers of a conditional write. */
export const WriteHeaders = Type.Object({
  'if-match': Type.Optional(Type.String({ ...Tags, description: 'refuse with 412 unless the row still has this ETag' })),
})
/** Headers of a read. */
export const ReadHeaders = Type.Object({
  'if-none-match': Type.Optional(Type.String({ ...Tags, description: 'answer 304 if nothing changed' })),
  'read-after': Type.Optional(
    Type.String({
      ...Tags,
      description: 'ETags of earlier writes that this answer must show; waits up to 1 s for the view, then reads MySQL',
    }),
  ),
})
