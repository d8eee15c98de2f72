import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { processesOf } from './ports.ts'
import { partsOf, servers } from './servers/index.ts'
import { stackFrom } from './stack.ts'
import { waitUntilReady } from './start.ts'
import { isAllReady, statusOf } from './status.ts'
import { processes } from './supervisor.ts'

const stack = stackFrom(process.env)
const pidOf = async (name: string): Promise<number> => (await processes(stack)).find((process) => process.name === name)?.pid ?? 0

/** Kills a server as a crash would, and waits until supervisor has it back and it answers. */
async function crash(name: string): Promise<void> {
  const server = servers(partsOf(stack)).find((candidate) => candidate.name === name)
  const pid = await pidOf(name)
  if (server === undefined || pid === 0) throw new Error(`'${name}' does not run`)
  process.kill(pid, 'SIGKILL')
  while ([0, pid].includes(await pidOf(name))) await wait(100)
  await waitUntilReady(stack, server, AbortSignal.timeout(90_000))
}

/** Addresses that the stack's processes listen on, as the kernel writes them: hexadecimal address and port. */
function listening(): readonly string[] {
  const sockets = new Set(
    processesOf(stack.home).flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`)
        } catch {
          return '' // closed meanwhile
        }
      }),
    ),
  )
  const lines = ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
  return lines
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
    .map(([, address = '']) => address)
}

describe('a running stack', () => {
  it('says that all of it is ready', async () => {
    const deadline = Date.now() + 60_000
    while (!isAllReady(await statusOf(stack)) && Date.now() < deadline) await wait(500)
    const { servers: all, connectors, services, views, topics } = await statusOf(stack)
    expect(all.filter(({ state }) => state !== 'ready')).toEqual([])
    expect(all.every(({ rss_mb }) => rss_mb > 0)).toBe(true)
    expect([connectors, services, views, topics].map((list) => list.length > 0)).toEqual([true, true, true, true])
  })

  it('listens on 127.0.0.1 and nowhere else', () => {
    const addresses = listening()
    expect(addresses.length).toBeGreaterThan(20)
    // 127.0.0.1, the same in an IPv6 socket, ::1
    const local = /^(0100007F|0000000000000000FFFF00000100007F|00000000000000000000000001000000):/
    expect(addresses.filter((address) => !local.test(address))).toEqual([])
  })

  it('has a killed server back', async () => {
    await crash('edge')
    await crash('redis')
  })

  it('remembers a schema id that it gave a moment before the registry was killed', async () => {
    const url = `${stack.endpoints.registry.url}/subjects/killed-${Date.now()}/versions`
    const register = async (): Promise<unknown> => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ schema: '"string"' }),
      })
      return ((await response.json()) as { id: number }).id
    }
    const id = await register()
    await crash('schema-registry')
    expect(await (await fetch(url)).json()).toEqual([1])
    expect(await register()).toBe(id)
  })
})
