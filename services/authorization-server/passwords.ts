/** Hashes of passwords, by argon2id; and the list of those that everybody tries first. */
import * as argon2id from '@node-rs/argon2'
import { readFileSync } from 'node:fs'
import { Unavailable } from '../shared/errors.ts'
import { normalPassword } from './password.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** `stored` undefined or null: there is no password, and as much is computed as if there were; the answer is false. */
  verify(stored: string | null | undefined, password: string): Promise<boolean>
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** At most so many are computed at once; the rest wait, so that a rush of sign-ins takes neither all memory nor all threads. */
const atOnce = 2
const mostWaiting = 200

function limited(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (waiting.length >= mostWaiting) throw new Unavailable(`hashing a password: ${mostWaiting} wait already`, { code: 'overloaded' })
    if (running >= atOnce) await new Promise<void>((resolve) => { waiting.push(resolve) })
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/** What computes the hashes. */
export interface Argon2 {
  hash(password: string, options: typeof cost): Promise<string>
  verify(hashed: string, password: string): Promise<boolean>
}

/** Passwords as they are hashed in earnest. */
export function openPasswords({ hash, verify }: Argon2 = argon2id): Passwords {
  const turn = limited()
  let dummy: Promise<string> | undefined
  /** Made once, by the first who asks for anything, and outside the queue: it must not be what is refused when many wait. */
  const nobody = (): Promise<string> => {
    dummy ??= hash('no account has this password', cost).catch((error: unknown) => {
      dummy = undefined
      throw error
    })
    return dummy
  }
  return {
    hash: (password) => turn(() => hash(normalPassword(password), cost)),
    async verify(stored, password) {
      const other = await nobody()
      const against = stored ?? other
      const same = await turn(() => verify(against, normalPassword(password)))
      return same && stored !== null && stored !== undefined
    },
  }
}

/** The shipped list, read once: those of 8 characters and more out of the 30,000 most common of zxcvbn, which took them from breaches. */
export const readCommonPasswords = (): ReadonlySet<string> =>
  new Set(readFileSync(new URL('assets/common-passwords.txt', import.meta.url), 'utf8').split('\n').filter((line) => line !== ''))
