/** Pages that may ask, by their origin. */

const local = ['http://localhost:3000', 'http://localhost:5173', 'http://localhost:8080', 'http://127.0.0.1:8080']

/** Out of `CDLC_CORS_ORIGINS`; left out: those of a developer's machine, and none in production. */
export function originsFrom({ CDLC_CORS_ORIGINS, NODE_ENV }: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (CDLC_CORS_ORIGINS === undefined) return NODE_ENV === 'production' ? [] : local
  return CDLC_CORS_ORIGINS.split(',').map((part) => part.trim()).filter((part) => part !== '')
}
