/** nginx: the edge that films will be streamed from. So far it only says that it is there. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { conf, data, type Parts, program } from './parts.ts'

export function edge(parts: Parts): Server {
  const port = parts.stack.endpoints.port('cdn')
  const config = conf(parts, 'nginx.conf')
  const folder = data(parts, 'edge')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path "${join(folder, kind)}";`)
    .join('\n')
  return {
    name: 'edge',
    ports: ['cdn'],
    after: [],
    memory_mb: 200,
    stopSignal: 'QUIT',
    stop_seconds: 10,
    command: [program(parts, 'nginx', 'nginx'), '-c', config, '-e', 'stderr', '-p', folder],
    files: {
      [config]: `daemon off;
# one process: a worker that outlives a killed master would keep the port
master_process off;
pid "${join(folder, 'nginx.pid')}";
error_log stderr notice;
events { worker_connections 512; }
http {
${temporary}
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location = /healthz { default_type text/plain; return 200 "ok\\n"; }
    location / { return 404; }
  }
}
`,
    },
    prepare: async () => {
      mkdirSync(folder, { recursive: true })
    },
    probe: () => probes.http(`http://127.0.0.1:${port}/healthz`),
  }
}
