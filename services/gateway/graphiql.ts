/** `/graphiql`: a page to ask the graph on, for those who build against it. Not in production, where only known queries are answered. */
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** The page's parts, served from here: no other host is asked for anything. */
const parts = {
  'react.js': ['react', 'umd/react.production.min.js', 'text/javascript'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js', 'text/javascript'],
  'graphiql.js': ['graphiql', 'graphiql.min.js', 'text/javascript'],
  'graphiql.css': ['graphiql', 'graphiql.min.css', 'text/css'],
} as const

const start = `ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: '/v1/graphql' }),
  shouldPersistHeaders: false,
  defaultQuery: '# Headers below say who asks: {"authorization": "Bearer …", "acting-profile": "…"}\\n{ title(id: "…") { name stats { count meanStars } } }\\n',
}))`

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Creme Dela Creme: graph</title>
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>body { margin: 0 } #graphiql { height: 100vh; height: 100dvh }</style>
</head>
<body>
<main id="graphiql"><noscript>This page needs JavaScript.</noscript></main>
<script src="/graphiql/react.js"></script><script src="/graphiql/react-dom.js"></script><script src="/graphiql/graphiql.js"></script>
<script>${start}</script>
</body>
</html>
`

const policy = [
  "default-src 'none'", `script-src 'self' 'sha256-${createHash('sha256').update(start).digest('base64')}'`, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "font-src 'self' data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

/** Adds the page and its parts. */
export function registerGraphiql(app: FastifyInstance): void {
  app.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', policy).header('cache-control', 'no-cache').send(page))
  for (const [name, [from, file, type]] of Object.entries(parts)) {
    app.get(`/graphiql/${name}`, { compress: {} }, async (_request, reply) => {
      const text = await readFile(new URL(file, import.meta.resolve(`${from}/package.json`)), 'utf8')
      return reply.type(`${type}; charset=utf-8`).header('cache-control', 'public, max-age=3600').send(text)
    })
  }
}
