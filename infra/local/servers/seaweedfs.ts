/** SeaweedFS: the S3 object store; master, volume, filer and S3 gateway in one process. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { conf, data, folder, type Parts } from './parts.ts'

export function seaweedfs(parts: Parts): Server {
  const { port } = parts.stack.endpoints
  const identities = conf(parts, 's3.json')
  const all = ['Admin', 'Read', 'List', 'Tagging', 'Write']
  return {
    name: 'seaweedfs',
    ports: [
      's3',
      's3_grpc',
      'seaweed_master',
      'seaweed_master_grpc',
      'seaweed_volume',
      'seaweed_volume_grpc',
      'seaweed_filer',
      'seaweed_filer_grpc',
    ],
    after: [],
    memory_mb: 500,
    command: [
      join(folder(parts, 'python'), 'bin', 'weed'),
      '-logtostderr=true',
      'server',
      `-dir=${data(parts, 'seaweedfs')}`,
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      `-master.port=${port('seaweed_master')}`,
      `-master.port.grpc=${port('seaweed_master_grpc')}`,
      '-master.electionTimeout=1s',
      '-master.heartbeatInterval=200ms',
      '-master.volumeSizeLimitMB=256',
      `-volume.port=${port('seaweed_volume')}`,
      `-volume.port.grpc=${port('seaweed_volume_grpc')}`,
      '-volume.max=50',
      '-volume.preStopSeconds=1',
      '-filer',
      `-filer.port=${port('seaweed_filer')}`,
      `-filer.port.grpc=${port('seaweed_filer_grpc')}`,
      '-s3',
      `-s3.port=${port('s3')}`,
      `-s3.port.grpc=${port('s3_grpc')}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      `-s3.config=${identities}`,
    ],
    files: {
      [identities]: JSON.stringify({
        identities: [{ name: 'cdlc', credentials: [{ accessKey: 'cdlc', secretKey: 'cdlc-local' }], actions: all }],
      }),
    },
    prepare: async () => {
      mkdirSync(data(parts, 'seaweedfs'), { recursive: true })
    },
    probe: () => probes.http(`http://127.0.0.1:${port('s3')}/healthz`),
  }
}
