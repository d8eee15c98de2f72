/** Kafka: one process that is broker and controller. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../exec.ts'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { logOf } from '../supervisor.ts'
import { conf, data, folder, log4j, type Parts, properties, smallJvm } from './parts.ts'

export function kafka(parts: Parts): Server {
  const { port } = parts.stack.endpoints
  const config = conf(parts, 'kafka.properties')
  const logging = conf(parts, 'kafka-log4j.properties')
  const java = [...smallJvm(parts, 'kafka', '512m'), `-Dlog4j.configuration=file:${logging}`, '-cp', join(folder(parts, 'kafka'), '*')]
  return {
    name: 'kafka',
    ports: ['kafka', 'kafka_controller'],
    after: [],
    memory_mb: 1000,
    command: [...java, 'kafka.Kafka', config],
    files: {
      [logging]: log4j,
      [config]: properties({
        'process.roles': 'broker,controller',
        'node.id': 1,
        'controller.quorum.voters': `1@127.0.0.1:${port('kafka_controller')}`,
        listeners: `PLAINTEXT://127.0.0.1:${port('kafka')},CONTROLLER://127.0.0.1:${port('kafka_controller')}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port('kafka')}`,
        'controller.listener.names': 'CONTROLLER',
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'log.dirs': data(parts, 'kafka'),
        // topics come from the catalogue and stay for ever
        'auto.create.topics.enable': false,
        'log.retention.ms': -1,
        'num.partitions': 6,
        'log.cleaner.dedupe.buffer.size': 33_554_432,
        'offsets.topic.replication.factor': 1,
        'offsets.topic.num.partitions': 4,
        'transaction.state.log.replication.factor': 1,
        'transaction.state.log.min.isr': 1,
        'transaction.state.log.num.partitions': 4,
        'share.coordinator.state.topic.replication.factor': 1,
        'share.coordinator.state.topic.min.isr': 1,
        'group.initial.rebalance.delay.ms': 0,
      }),
    },
    prepare: async (signal) => {
      if (existsSync(join(data(parts, 'kafka'), 'meta.properties'))) return
      const [program = 'java', ...args] = java
      // joined by '=': an id may begin with a dash, and would be taken for another option
      await exec(program, [...args, 'kafka.tools.StorageTool', 'format', `--cluster-id=${randomBytes(16).toString('base64url')}`, '-c', config], {
        log: logOf(parts.stack, 'kafka-format'),
        signal,
      })
    },
    probe: () => probes.kafka(port('kafka')),
    stop_seconds: 60,
  }
}
