/** Whose word counts, by address: proxies in front that say where a request comes from, and operators who may look inside. */
import type { FastifyRequest } from 'fastify'
import { BlockList, isIP } from 'node:net'

/** Whether an address is one of those named; one that nobody knows is not. */
export type Addresses = (address: string | undefined) => boolean

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** As it is counted and told: IPv4 within IPv6 is IPv4, and the interface it came by says nothing of who it is. */
function plain(address: string): string {
  const [bare = ''] = address.split('%')
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare
}

/** Reads `10.0.0.7, 10.1.0.0/16, fd00::/8`; throws, naming the setting and what is wrong. A range of everybody is none that could be trusted. */
export function addressesFrom(setting: string, text: string): Addresses {
  const list = new BlockList()
  for (const part of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? []
    const longest = isIP(address) === 4 ? 32 : 128
    const prefix = Number(bits ?? longest)
    if (isIP(address) === 0 || prefix < 1 || prefix > longest) throw new Error(`reading ${setting}: '${part}' is neither an address nor a range such as 10.0.0.0/8`)
    list.addSubnet(address, prefix, familyOf(address))
  }
  return (address) => {
    if (address === undefined) return false
    const one = plain(address)
    return isIP(one) !== 0 && list.check(one, familyOf(one))
  }
}

/** Some proxies add the port. */
const withoutPort = (entry: string): string => /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? entry

/**
 * Where a request comes from: the connection's address, or the first from the right of `X-Forwarded-For` that is no trusted proxy's
 * (Fastify's `trustProxy`). What is no address names nobody: then it is the last proxy that did.
 */
export function addressOf({ ip, ips }: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  return (ips ?? [ip]).filter((one) => one !== undefined).map((one) => plain(withoutPort(one))).findLast((one) => isIP(one) !== 0) ?? ''
}

/** What a request that came through any proxy carries, trusted or not. */
const marks = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via', 'x-real-ip']

/** Whether a request comes from an operator: by its connection alone, and through nothing in between. */
export function isOperator({ raw, headers }: Pick<FastifyRequest, 'raw' | 'headers'>, operators: Addresses, proxies: Addresses): boolean {
  const { remoteAddress } = raw.socket
  return operators(remoteAddress) && !proxies(remoteAddress) && marks.every((mark) => headers[mark] === undefined)
}
