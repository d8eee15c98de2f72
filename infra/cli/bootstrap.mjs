// Decisions of the bootstrap, apart from carrying them out. Plain JavaScript: they run on Node 20 before anything is installed.

/** Says what is wrong with this Node and how to cure it, or null: `version` as in `process.versions.node`. */
export function nodeProblem(version) {
  const major = Number(version.split('.')[0])
  return major >= 20 ? null : `checking Node: version '${version}' is older than 20: install Node 20 or newer and try again`
}

/** True if this Node runs TypeScript as it is (type stripping without a flag: 22.18, 23.6 and later). */
export function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

/**
 * Names the packages that package-lock.json asks for and node_modules lacks or has in another version.
 * `installed` is node_modules/.package-lock.json, npm's own record of what it put there; null if there is none.
 */
export function missingPackages(locked, installed) {
  const present = installed?.packages ?? {}
  return Object.entries(locked.packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional)
    .filter(([path, entry]) => (entry.link ? present[path]?.link !== true : present[path]?.version !== entry.version))
    .map(([path]) => path.slice('node_modules/'.length))
}
