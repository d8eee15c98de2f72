/** What a CPU profile says, for people: two tables, and a flame graph beside the profile. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Section } from '../bench.ts'
import { byOwner, type CpuProfile, flames, ownTimes } from './cpuprofile.ts'
import { flamegraph } from './flamegraph.ts'

const SHOWN = 20

/**
 * Reads a profile, and writes `<file>.svg`. Samples count time on a clock, which on a busy machine runs while others have the core: shares are
 * of use, and `cpu_us`, the CPU time of each `of`, says what they are shares of.
 */
export async function profileSections(file: string, title: string, cpu_us: number, of = 'record'): Promise<readonly Section[]> {
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile
  const own = ownTimes(profile)
  const total = own.reduce((sum, { self_us }) => sum + self_us, 0)
  const svg = file.replace(/\.cpuprofile$/, '.svg')
  await writeFile(svg, flamegraph(flames(profile), title))
  const share = (us: number): string => (us / total * 100).toFixed(1)
  const each = (us: number): string => (us / total * cpu_us).toFixed(2)
  return [
    { title: `${title}: whose code (flame graph in ${svg})`, head: ['owner', '%', `µs a ${of}`], rows: byOwner(own).slice(0, SHOWN).map(({ owner, self_us }) => [owner, share(self_us), each(self_us)]) },
    { title: `${title}: functions by their own time`, head: ['function', 'owner', '%', `µs a ${of}`, 'where'],
      rows: own.slice(0, SHOWN).map(({ name, owner, self_us, where }) => [name, owner, share(self_us), each(self_us), where]) },
  ]
}
