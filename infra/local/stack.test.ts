import { describe, expect, it } from 'vitest'
import { stackFrom } from './stack.ts'

describe('a stack', () => {
  it('is told apart by name, folder and ports', () => {
    const stack = stackFrom({ CDLC_STACK: 'test', CDLC_PORT_OFFSET: '20000', CDLC_HOME: '/data', CDLC_CACHE: '/cache' })
    expect(stack).toMatchObject({ name: 'test', home: '/data/test', cache: '/cache', sockets: '/data/test/sockets', offset: 20_000 })
    expect(stack.endpoints.kafka.brokers).toEqual(['127.0.0.1:29092'])
    expect(stack.env).toEqual({ CDLC_STACK: 'test', CDLC_PORT_OFFSET: '20000', CDLC_HOME: '/data', CDLC_CACHE: '/cache' })
  })

  it('is dev on the standard ports where nothing is said', () => {
    expect(stackFrom({ CDLC_HOME: '/nowhere' })).toMatchObject({ name: 'dev', home: '/nowhere/dev', offset: 0 })
  })

  it('keeps its sockets where their paths are short enough', () => {
    const { sockets } = stackFrom({ CDLC_HOME: `/${'long'.repeat(30)}` })
    expect(sockets).toMatch(/^\/\S{1,60}\/cdlc-[0-9a-f]{12}$/)
  })

  it('has a name that is safe in paths', () => {
    for (const name of ['', '../x', 'Dev', '1st', 'x'.repeat(33)])
      expect(() => stackFrom({ CDLC_STACK: name })).toThrow(`'${name}' is not 1 to 32`)
  })
})
