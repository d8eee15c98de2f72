/** ClickHouse: the machine's own, or the server inside npm's libchdb with our launcher. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { conf, data, type Parts } from './parts.ts'

export function clickhouse(parts: Parts): Server {
  const {
    stack: { endpoints },
    at,
  } = parts
  const {
    port,
    clickhouse: { url, user, password, database },
  } = endpoints
  const folder = data(parts, 'clickhouse')
  const config = conf(parts, 'clickhouse.xml')
  const users = conf(parts, 'clickhouse-users.xml')
  const place = at('clickhouse')
  const listen = { http_port: port('clickhouse'), tcp_port: port('clickhouse_native') }
  return {
    name: 'clickhouse',
    ports: ['clickhouse', 'clickhouse_native'],
    after: [],
    memory_mb: 1800,
    command:
      'program' in place
        ? [place.program, 'server', `--config-file=${config}`]
        : [
            join(place.folder, 'chserver'),
            join(place.folder, 'node_modules/@chdb/lib-linux-x64-gnu/libchdb.so'),
            folder,
            '--config-file',
            config,
            '--listen_host',
            '127.0.0.1',
            '--http_port',
            String(listen.http_port),
            '--tcp_port',
            String(listen.tcp_port),
            // what libchdb heeds on the command line only
            '--logger.console=1',
            '--log-level=warning',
            '--background_message_broker_schedule_pool_size=4',
          ],
    files: { [config]: configXml(folder, users, listen), [users]: usersXml(user, password) },
    prepare: async () => {
      mkdirSync(folder, { recursive: true })
    },
    probe: () => probes.http(`${url}/ping`),
    complete: async () => {
      const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password }
      const response = await fetch(url, { method: 'POST', headers, body: `CREATE DATABASE IF NOT EXISTS ${database}` })
      if (!response.ok) throw new Error(`creating ClickHouse database '${database}': ${await response.text()}`)
    },
  }
}

const systemLog = (name: string): string =>
  `<${name}><database>system</database><table>${name}</table><flush_interval_milliseconds>5000</flush_interval_milliseconds>`
  + `<ttl>event_date + INTERVAL 3 DAY</ttl></${name}>`

const configXml = (
  folder: string,
  users: string,
  { http_port, tcp_port }: { readonly http_port: number; readonly tcp_port: number },
): string => `<clickhouse>
  <logger><level>warning</level><console>1</console></logger>
  <path>${folder}/</path>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${http_port}</http_port>
  <tcp_port>${tcp_port}</tcp_port>
  <users_config>${users}</users_config>
  <backups><allowed_path>${folder}/backups/</allowed_path></backups>
  ${systemLog('part_log')}
  ${systemLog('query_log')}
  <timezone>UTC</timezone>
  <max_server_memory_usage>1500000000</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <background_pool_size>4</background_pool_size>
  <background_message_broker_schedule_pool_size>4</background_message_broker_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>2</background_buffer_flush_schedule_pool_size>
  <background_distributed_schedule_pool_size>2</background_distributed_schedule_pool_size>
</clickhouse>
`

/** libchdb's own session goes by the name default; ::1 keeps others from using it: we listen on 127.0.0.1 only. */
const usersXml = (user: string, password: string): string => `<clickhouse>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage><log_queries>1</log_queries></default></profiles>
  <quotas><default></default></quotas>
  <users>
    <default><password></password><networks><ip>::1</ip></networks><profile>default</profile><quota>default</quota></default>
    <${user}>
      <password>${password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <access_management>1</access_management>
    </${user}>
  </users>
</clickhouse>
`
