/** Unpacks Debian packages and all they need into a folder of the cache: no root, and nothing of the machine is changed. */
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { exec, type ExecOptions } from './exec.ts'

/** What the manifest says of a component: the suite ('own' is the machine's) and the packages. */
export function debianPackages(manifest: string, component: string): { readonly suite: string; readonly packages: readonly string[] } {
  const line = manifest
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([name]) => name === component)
  const [, suite, ...packages] = line ?? []
  if (suite === undefined || packages.length === 0) throw new Error(`reading manifests/debian.txt: no packages for '${component}'`)
  return { suite, packages }
}

/** Sources of a private apt: the machine's own, or another suite of the archive that the machine's sources name. */
function sources(suite: string): string {
  const { stdout, status, error } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`asking apt-get for this machine's package sources: ${error?.message ?? `it ended with ${status}`}`)
  const own = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const line = (uri: string, release: string): string => `deb ${existsSync(keyring) ? `[signed-by=${keyring}] ` : ''}${uri} ${release} main`
  const main = own.filter(([uri, , component]) => uri !== undefined && !uri.includes('security') && component === 'main')
  const [uri, release] = main[0] ?? []
  if (uri === undefined || release === undefined)
    throw new Error(
      "reading this machine's package sources: apt knows no archive with a section 'main': "
        + "run 'apt-get update' as root, or install the program itself",
    )
  if (suite !== 'own') return line(uri, suite)
  return [...new Set(main.map(([archive = '', name = '']) => line(archive, name)))].join('\n')
}

/** Loader and library folders inside the unpacked tree: its programs must not mix with the machine's older libraries. */
const launcher = (program: string): string => `#!/bin/sh
R=$(dirname "$(readlink -f "$0")")/../root/usr
L=$R/lib/x86_64-linux-gnu
exec "$L/ld-linux-x86-64.so.2" --library-path "$L" "$R/${program}" "$@"
`

/**
 * Fills `folder` with `root/`, the unpacked packages, and `bin/`, a launcher for each program of `keep` (paths below usr).
 * The suite sid moves, so what comes from there is the newest, not a pinned version.
 */
export async function unpackDebian(
  component: string,
  manifest: string,
  keep: readonly string[],
  { folder, log, signal }: ExecOptions & { readonly folder: string },
): Promise<void> {
  const { suite, packages } = debianPackages(manifest, component)
  const apt = join(folder, 'apt')
  for (const sub of ['state/lists/partial', 'cache/archives/partial', 'etc/apt.conf.d', 'etc/preferences.d'])
    mkdirSync(join(apt, sub), { recursive: true })
  writeFileSync(join(apt, 'state', 'status'), '')
  writeFileSync(join(apt, 'etc', 'sources.list'), `${sources(suite)}\n`)
  writeFileSync(
    join(apt, 'apt.conf'),
    [
      `Dir "${apt}"`,
      `Dir::State "${apt}/state"`,
      `Dir::State::status "${apt}/state/status"`,
      `Dir::Cache "${apt}/cache"`,
      `Dir::Etc "${apt}/etc"`,
      `Dir::Etc::sourcelist "${apt}/etc/sources.list"`,
      'Dir::Etc::sourceparts "-"',
      'APT::Architecture "amd64"',
      'APT::Install-Recommends "false"',
      // a mirror may hold a snapshot that is older than its own promise; what it holds is signed all the same
      'Acquire::Check-Valid-Until "false"',
      'Acquire::Languages "none"',
      'Acquire::Retries "3"',
      'APT::Sandbox::User ""',
      'Debug::NoLocking "true"',
      '',
    ].join(';\n'),
  )
  const options: ExecOptions = {
    env: { APT_CONFIG: join(apt, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' },
    log,
    ...(signal === undefined ? {} : { signal }),
  }
  await exec('apt-get', ['-q', 'update'], options)
  await exec('apt-get', ['-q', '-y', 'install', '--download-only', ...packages], options)
  const root = join(folder, 'root')
  const archives = join(apt, 'cache', 'archives')
  // scripting languages and the like, which only the packages' own installation scripts use
  const unused = /^(perl|libperl|libc-gconv|libdb5|libgdbm|debconf|iproute|systemd|init|libbpf)/
  for (const deb of readdirSync(archives).filter((file) => file.endsWith('.deb') && !unused.test(file)))
    await exec('dpkg-deb', ['-x', join(archives, deb), root], options)
  rmSync(apt, { recursive: true })
  mergeUsr(root)
  for (const kind of ['bin', 'sbin']) {
    const programs = join(root, 'usr', kind)
    if (existsSync(programs))
      for (const program of readdirSync(programs))
        if (!keep.includes(`${kind}/${program}`)) rmSync(join(programs, program), { recursive: true })
  }
  for (const sub of ['doc', 'man', 'locale', 'lintian', 'gcc', 'gdb'])
    rmSync(join(root, 'usr', 'share', sub), { recursive: true, force: true })
  mkdirSync(join(folder, 'bin'))
  for (const program of keep) {
    const path = join(folder, 'bin', program.split('/').at(-1) ?? program)
    writeFileSync(path, launcher(program))
    chmodSync(path, 0o755)
  }
}

/** Moves lib, bin … of packages from before Debian's merge into usr, where the launchers look. */
function mergeUsr(root: string): void {
  for (const top of ['bin', 'sbin', 'lib', 'lib64']) {
    const old = join(root, top)
    if (!existsSync(old) || lstatSync(old).isSymbolicLink()) continue
    cpSync(old, join(root, 'usr', top), { recursive: true, verbatimSymlinks: true, force: true })
    rmSync(old, { recursive: true })
  }
}
