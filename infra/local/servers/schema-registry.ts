/** Apicurio: the schema registry, with Confluent's API under /apis/ccompat/v7. */
import * as probes from '../probes.ts'
import type { Server } from '../server.ts'
import { data, folder, type Parts, smallJvm } from './parts.ts'

export function schemaRegistry(parts: Parts): Server {
  const { port, registry } = parts.stack.endpoints
  return {
    name: 'schema-registry', ports: ['schema_registry', 'schema_registry_management'], after: [], memory_mb: 800,
    command: [...smallJvm(parts, 'schema-registry', '384m'), '-jar', `${folder(parts, 'schema-registry')}/quarkus-run.jar`],
    env: {
      QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port('schema_registry')),
      QUARKUS_MANAGEMENT_HOST: '127.0.0.1', QUARKUS_MANAGEMENT_PORT: String(port('schema_registry_management')),
      QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false', APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '2', APICURIO_DATASOURCE_JDBC_MIN_SIZE: '2',
      // written through at each commit: records in Kafka name schemas by id, so an id once given must survive any crash
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${data(parts, 'schema-registry')}/registry;WRITE_DELAY=0`,
    },
    probe: () => probes.http(`${registry.url}/subjects`),
    stop_seconds: 60,
  }
}
