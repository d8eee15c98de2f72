/** What a password has to be (NIST SP 800-63B §5.1.1.2): long enough, and none that everybody tries first. Pure. */

/** One spelling of what was typed, whatever keyboard it came from. */
export const normalPassword = (password: string): string => password.normalize('NFKC')

const [shortest, longest] = [8, 128]

/** Why a password will not do, for a person to read; undefined where it does. `common` holds those that are known, in lower case. */
export function decidePassword(password: string, common: ReadonlySet<string>, email: string): string | undefined {
  const normal = normalPassword(password)
  const length = Array.from(normal).length
  if (length < shortest) return `A password has at least ${shortest} characters.`
  if (length > longest) return `A password has at most ${longest} characters.`
  const lower = normal.toLowerCase()
  const local = email.split('@')[0]?.toLowerCase() ?? ''
  const bare = lower.replace(/[^\p{L}]/gu, '')
  if (common.has(lower) || new Set(lower).size < 3 || bare === 'cremedelacreme') return 'This password is on the lists that attackers try first. Choose another one.'
  if (lower === email.toLowerCase() || (local.length >= shortest - 2 && lower.replace(/\d+$/, '') === local)) return 'This is your address. Choose something only you would think of.'
  return undefined
}
