/** Redis: rows of views and their positions, which are lost together or not at all, so a second of loss heals itself. */
import { mkdirSync } from 'node:fs'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { data, type Parts, program } from './parts.ts'

export function redis(parts: Parts): Server {
  const port = parts.stack.endpoints.port('redis')
  return {
    name: 'redis',
    ports: ['redis'],
    after: [],
    memory_mb: 700,
    command: [
      program(parts, 'redis', 'redis-server'),
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      data(parts, 'redis'),
      '--daemonize',
      'no',
      // views can be built again but not guessed: refuse writes rather than evict rows
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
      '--save',
      '',
      '--maxmemory',
      '512mb',
      '--maxmemory-policy',
      'noeviction',
    ],
    prepare: async () => {
      mkdirSync(data(parts, 'redis'), { recursive: true })
    },
    probe: () => probes.redis(port),
  }
}
