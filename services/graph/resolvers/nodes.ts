/** Objects by type and id, as `node` and what refers to something have them. Whether they are shown is the doors' affair. */
import type { NodeModel } from '@cdlc/schemas/graphql/models.ts'
import type { Graph } from '../context.ts'
import type { NodeType } from '../ids.ts'

async function named<T extends NodeType, Row>(__typename: T, row: Promise<Row | undefined>): Promise<(Row & { readonly __typename: T }) | null> {
  const found = await row
  return found === undefined ? null : { ...found, __typename }
}

/** Null where there is none. */
export function nodeOf({ loaders }: Graph, type: NodeType, id: string): Promise<NodeModel | null> {
  switch (type) {
    case 'Member': return named(type, loaders.member(id))
    case 'Title': return named(type, loaders.title(id))
    case 'Person': return named(type, loaders.person(id))
    case 'Review': return named(type, loaders.review(id))
    case 'Comment': return named(type, loaders.comment(id))
    case 'List': return named(type, loaders.list(id))
    case 'Viewing': return named(type, loaders.viewing(id))
  }
}

const kinds: Readonly<Record<string, NodeType>> = { title: 'Title', review: 'Review', list: 'List', comment: 'Comment', profile: 'Member', viewing: 'Viewing' }

/** What an event tells of; null where it tells of nothing, or of a kind that is not in the graph. */
export function subjectOf(graph: Graph, { subject_kind, subject_id }: { readonly subject_kind: string | null; readonly subject_id: string | null }): Promise<NodeModel | null> {
  const type = kinds[subject_kind ?? '']
  return type === undefined || subject_id === null ? Promise.resolve(null) : nodeOf(graph, type, subject_id)
}
