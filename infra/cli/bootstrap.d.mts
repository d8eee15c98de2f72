/** The part of npm's lock files that the bootstrap reads. */
export interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean; readonly link?: boolean }>>
}
export function nodeProblem(version: string): string | null
export function runsTypeScript(version: string): boolean
export function missingPackages(locked: LockFile, installed: LockFile | null): string[]
