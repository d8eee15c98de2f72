/** Rows of one partition by many keys, in few questions. */

/** ScyllaDB takes no more restrictions on clustering columns in one query (max_clustering_key_restrictions_per_query). */
const most = 100

/** Asks for all of these ids, so many at a time as one query may name (`IN ?`), at once; the answers together, in the order of the pieces. */
export async function inPieces<T>(ids: readonly string[], ask: (piece: readonly string[]) => Promise<readonly T[]>): Promise<readonly T[]> {
  const pieces = Array.from({ length: Math.ceil(ids.length / most) }, (_, index) => ids.slice(index * most, (index + 1) * most))
  return (await Promise.all(pieces.map(ask))).flat()
}
