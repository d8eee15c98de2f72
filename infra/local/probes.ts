/** Asks a server whether it is ready, in the server's own protocol; each throws with the reason until it is. */
import { connect } from 'node:net'

const patience_ms = 2000

/** Ready when an HTTP GET answers 2xx. */
export async function http(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patience_ms) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`asking '${url}': it answers ${response.status}`)
}

/** Ready when the server's first bytes, after `hello` was sent to its port or socket, are as `expected`. */
export async function exchange(where: number | string, hello: Uint8Array, expected: (answer: Buffer) => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = typeof where === 'number' ? connect({ host: '127.0.0.1', port: where }) : connect({ path: where })
    const end = (error?: Error): void => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.setTimeout(patience_ms, () => end(new Error(`asking '${where}': no answer in ${patience_ms} ms`)))
    socket.once('error', end)
    socket.once('close', () => end(new Error(`asking '${where}': it closed the connection`)))
    socket.once('connect', () => {
      if (hello.length > 0) socket.write(hello)
    })
    socket.once('data', (answer) =>
      end(expected(answer) ? undefined : new Error(`asking '${where}': it answers '${answer.subarray(0, 60).toString('latin1')}'`)),
    )
  })
}

/**
 * MySQL greets with protocol version 10 once it takes connections. It is asked over its socket: over the network it refuses everybody
 * until the first user that may come from there is made.
 */
export const mysql = (socket: string): Promise<void> => exchange(socket, new Uint8Array(), (answer) => answer[4] === 10)

export const redis = (port: number): Promise<void> =>
  exchange(port, Buffer.from('PING\r\n'), (answer) => answer.toString().startsWith('+PONG'))

/** Kafka: ApiVersions request, version 0, correlation id 1; the answer repeats the id and its error code is 0. */
export const kafka = (port: number): Promise<void> =>
  exchange(
    port,
    Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
    (answer) => answer.readInt32BE(4) === 1 && answer.readInt16BE(8) === 0,
  )

/** CQL: an OPTIONS frame of protocol 4 is answered by SUPPORTED. */
export const cql = (port: number): Promise<void> => exchange(port, Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0]), (answer) => answer[4] === 6)

/** Bolt: the handshake offers versions 5.0 to 5.8; the answer is the chosen one. */
export const bolt = (port: number): Promise<void> =>
  exchange(
    port,
    Buffer.from([0x60, 0x60, 0xb0, 0x17, 0, 8, 8, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (answer) => answer.length === 4 && answer[3] === 5,
  )
