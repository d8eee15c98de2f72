import { describe, expect, it } from 'vitest'
import type { Server } from './server.ts'
import { stackFrom } from './stack.ts'
import { supervisorConfig } from './supervisor.ts'

const stack = stackFrom({ CDLC_HOME: '/data/100%' })
const server = (part: Partial<Server>): Server => ({
  name: 'kafka',
  ports: ['kafka'],
  after: [],
  command: ['/bin/true'],
  memory_mb: 100,
  probe: async () => undefined,
  ...part,
})
const linesOf = (...servers: readonly Server[]): readonly string[] => supervisorConfig(stack, servers, '/venv/bin/python').split('\n')

describe("the supervisor's configuration", () => {
  it('quotes commands as a shell would, and keeps percent signs from being expanded', () => {
    expect(linesOf(server({ command: ['/bin/java', '-cp', '/x/*', 'a b', "it's", '50%'] }))).toContain(
      "command=/bin/java -cp '/x/*' 'a b' 'it'\"'\"'s' 50%%",
    )
    expect(linesOf(server({}))).toContain('directory=/data/100%%/dev')
  })

  it('quotes the environment', () => {
    expect(linesOf(server({ env: { URL: 'jdbc:h2:file:/x;A="b"', RATE: '5%' } }))).toContain(
      'environment=URL="jdbc:h2:file:/x;A=\\"b\\"",RATE="5%%"',
    )
  })

  it('restarts every program, logs it with rotation and stops its whole group', () => {
    const lines = linesOf(server({ stop_seconds: 60, stopSignal: 'QUIT' }))
    for (const line of [
      'autorestart=true',
      'stdout_logfile=/data/100%%/dev/logs/kafka.log',
      'stdout_logfile_maxbytes=10MB',
      'stopasgroup=true',
      'killasgroup=true',
      'stopwaitsecs=60',
      'stopsignal=QUIT',
    ]) {
      expect(lines).toContain(line)
    }
  })

  it("has memmon watch every program's memory", () => {
    expect(linesOf(server({}), server({ name: 'redis', memory_mb: 700 }))).toContain(
      'command=/venv/bin/python -m superlance.memmon -p kafka=100MB -p redis=700MB',
    )
  })
})
