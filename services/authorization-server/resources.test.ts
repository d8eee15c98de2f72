import { describe, expect, test } from 'vitest'
import { roles, scopes } from '../shared/identity.ts'
import { allowedScopes, apiScopes, defaultResource, partScopes, resourceServer } from './resources.ts'

describe('scopes', () => {
  test('of every role are among those that there are, and nobody but an operator may change configuration, nobody but an editor the catalogue', () => {
    expect(apiScopes).toEqual(Object.keys(scopes))
    for (const role of roles) {
      const allowed = allowedScopes('cdlc-web', [role])
      expect(allowed).toEqual(expect.arrayContaining(['account:read', 'ratings:write']))
      expect([allowed.includes('configuration:write'), allowed.includes('catalogue:write')]).toEqual([role === 'operator', role === 'editor'])
    }
  })
  test('that were asked for are parted; those that nobody knows are in neither part', () => {
    expect(partScopes(['catalogue:write', 'openid', 'ratings:read', 'emperor'], 'cdlc-web', ['viewer'])).toEqual({ granted: ['ratings:read'], refused: ['catalogue:write'] })
    expect(partScopes(['catalogue:write'], 'cdlc-web', ['viewer', 'editor'])).toEqual({ granted: ['catalogue:write'], refused: [] })
  })
})

test('an application has no more than it needs, whoever uses it, and one that is not known nothing', () => {
  const everything = [...roles]
  expect(allowedScopes('cdlc-tv', everything)).toEqual(['account:read', 'ratings:read', 'ratings:write', 'social:read'])
  expect([allowedScopes('cdlc-account', everything), allowedScopes('nobody', everything)]).toEqual([[], []])
})

describe('a resource', () => {
  test('is the services for programs, the API for people, and none where only OpenID Connect is asked for', () => {
    expect([defaultResource('gateway', []), defaultResource('cdlc-web', ['openid', 'ratings:read']), defaultResource('cdlc-web', ['openid', 'email'])]).toEqual(['urn:cdlc:services', 'urn:cdlc:api', undefined])
  })
  test('is not given to who has no business with it', () => {
    expect([resourceServer('urn:cdlc:services', 'cdlc-web', undefined), resourceServer('urn:cdlc:api', 'gateway', undefined), resourceServer('https://evil.example', 'cdlc-web', undefined)]).toEqual([undefined, undefined, undefined])
  })
  test('has for a person the scopes that their roles allow', () => {
    expect(resourceServer('urn:cdlc:api', 'cdlc-web', ['viewer'])).toMatchObject({ scope: 'account:read account:write ratings:read ratings:write social:read social:write', accessTokenFormat: 'jwt', accessTokenTTL: 600 })
    expect(resourceServer('urn:cdlc:services', 'gateway', undefined)).toMatchObject({ scope: '', audience: 'urn:cdlc:services' })
  })
})
