import { describe, expect, it } from 'vitest'
import { missingPackages, nodeProblem, runsTypeScript } from './bootstrap.mjs'

describe('the bootstrap', () => {
  it('refuses a Node older than 20 and names the cure', () => {
    expect(nodeProblem('18.20.4')).toBe("checking Node: version '18.20.4' is older than 20: install Node 20 or newer and try again")
    expect(nodeProblem('20.0.0')).toBeNull()
  })

  it('hands over to another Node unless this one runs TypeScript without a flag', () => {
    expect(['20.20.2', '22.17.1', '23.5.0'].map(runsTypeScript)).toEqual([false, false, false])
    expect(['22.18.0', '22.23.3', '23.6.0', '24.1.0'].map(runsTypeScript)).toEqual([true, true, true, true])
  })

  const locked = {
    packages: {
      '': {},
      schemas: { version: '0.1.0' },
      'node_modules/ulid': { version: '3.0.2' },
      'node_modules/@cdlc/schemas': { link: true },
      'node_modules/fsevents': { version: '2.3.3', optional: true },
    },
  }

  it('finds nothing missing where npm put all of the lock file', () => {
    const installed = { packages: { 'node_modules/ulid': { version: '3.0.2' }, 'node_modules/@cdlc/schemas': { link: true } } }
    expect(missingPackages(locked, installed)).toEqual([])
  })

  it('names what was never installed, is of another version, or is no workspace of ours', () => {
    expect(missingPackages(locked, null)).toEqual(['ulid', '@cdlc/schemas'])
    expect(
      missingPackages(locked, {
        packages: { 'node_modules/ulid': { version: '3.0.1' }, 'node_modules/@cdlc/schemas': { version: '0.1.0' } },
      }),
    ).toEqual(['ulid', '@cdlc/schemas'])
  })
})
