import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ports } from '@cdlc/schemas/endpoints.ts'
import { components } from './components.ts'
import { javaFindings, platformFindings, portFindings, spaceFindings, toolFindings } from './preflight.ts'
import { stackFrom } from './stack.ts'

describe('the preflight', () => {
  it('takes Linux on x64 with Node 20, and nothing else', () => {
    expect(platformFindings('linux', 'x64', '20.1.0')).toEqual([])
    expect(platformFindings('darwin', 'arm64', '18.0.0').map(({ problem }) => problem)).toEqual([
      'this is darwin on arm64; the servers run on Linux on x64',
      'Node 18.0.0 is older than 20',
    ])
  })

  it('wants Java 17 and a Java of 21 or newer, and says which it found', () => {
    expect(
      javaFindings([
        { home: '/a', major: 17 },
        { home: '/b', major: 25 },
      ]),
    ).toEqual([])
    expect(javaFindings([{ home: '/a', major: 17 }])).toMatchObject([
      { problem: expect.stringContaining('Java 21 or newer') as string, cure: expect.stringContaining('temurin-25-jdk') as string },
    ])
    expect(javaFindings([{ home: '/b', major: 25 }])[0]?.problem).toContain("found only 25 in '/b'")
    expect(javaFindings([])).toHaveLength(2)
  })

  it('asks only for the tools that something missing is installed with', () => {
    const missing = components.filter(({ name }) => name === 'clickhouse')
    expect(
      toolFindings(
        missing,
        (tool) => tool !== 'gcc',
        () => true,
      ),
    ).toEqual([{ problem: "'gcc' is not on PATH; it is needed to install clickhouse", cure: 'apt-get install gcc libc6-dev' }])
    expect(
      toolFindings(
        [],
        (tool) => tool === 'python3',
        () => false,
      ),
    ).toEqual([])
    expect(
      toolFindings(
        components,
        () => true,
        () => false,
      ),
    ).toEqual([{ problem: "python3 has no module 'venv' with pip", cure: 'apt-get install python3-venv' }])
  })

  it('wants room on the disk and in memory', () => {
    expect(spaceFindings([{ folder: '/data', free_gb: 6.1 }], 5.1)).toEqual([])
    expect(spaceFindings([{ folder: '/data', free_gb: 5.9 }], 4.9).map(({ problem }) => problem)).toEqual([
      "the disk of '/data' has 5.9 GB free; 6 GB are needed",
      '4.9 GB of memory are free; 5 GB are needed',
    ])
  })

  it('names a port that is in use, and the process that has it', async () => {
    let offset = 30_000
    const other = createServer()
    const listen = (port: number): Promise<boolean> =>
      new Promise((resolve) => other.once('error', () => resolve(false)).listen({ host: '127.0.0.1', port }, () => resolve(true)))
    while (!(await listen(ports.redis + offset))) offset++
    const findings = await portFindings(stackFrom({ CDLC_HOME: '/nowhere', CDLC_PORT_OFFSET: String(offset) }))
    await new Promise((resolve) => other.close(resolve))
    expect(findings.map(({ problem }) => problem)).toContainEqual(
      expect.stringMatching(new RegExp(`port .*\\b${ports.redis + offset} \\(redis\\).*: in use by process ${process.pid} \\(`)),
    )
  })
})
