/** `cdlc dlq`: records that views and processors could not apply, and sending them again. */
import { createKafka, type KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { isStateless } from '@cdlc/streams/runtime/processor.ts'
import { allNamed } from '@cdlc/streams/runtime/registry.ts'
import { type Answer, chosen, deadLettersOf, type Entry, redrive, superseded } from '@cdlc/streams/runtime/redrive.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'
import { type Filters, filterOf, withFilters } from '../dlq-filter.ts'
import { createPatcher, describe } from '../dlq-patch.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../whole-number.ts'

const print = (text: string): void => { process.stdout.write(`${text}\n`) }

interface ListOptions extends Filters { readonly json?: boolean; readonly all?: boolean; readonly limit: string }
interface RedriveFlags extends Filters { readonly json?: boolean; readonly patch?: string; readonly dryRun?: boolean; readonly rate: string; readonly superseded?: boolean }

export function register(program: Command): void {
  const command = program.command('dlq').description('dead letters: records that views could not apply')
  withFilters(command.command('list [views...]').description('what is pending, of these views or of all'))
    .option('--all', 'those that were redriven or discarded, too').option('--limit <n>', 'lines at most', '50').option('--json')
    .action((names: string[], options: ListOptions) => list(names, options))
  command.command('show <view> <id>').description('one record: why, where, what it holds; <id> is topic/partition/offset').option('--json')
    .action((name: string, id: string, options: { json?: boolean }) => show(name, id, options))
  withFilters(command.command('redrive <view> [ids...]').description('have the view try pending records again, as they are or patched; running it twice changes nothing'))
    .option('--patch <module>', 'a module whose default export mends a record: ({ value, bytes, letter }) => value | Buffer | null (discard) | undefined (leave)')
    .option('--dry-run', 'say what would be done').option('--rate <n>', 'records a second', '100')
    .option('--superseded', 'those too whose key has had later records, though this view\'s store does not tell the later one').option('--json')
    .action((name: string, ids: string[], options: RedriveFlags) => send(name, ids, options, createPatcher(options.patch)))
  withFilters(command.command('discard <view> [ids...]').description('give pending records up for good; they stay readable'))
    .option('--dry-run', 'say what would be done').option('--json')
    .action((name: string, ids: string[], options: RedriveFlags) => send(name, ids, { ...options, rate: '10000', superseded: true }, async () => 'discard'))
}

async function withKafka<T>(task: (kafka: KafkaClient) => Promise<T>): Promise<T> {
  const kafka = createKafka(stackFrom(process.env).endpoints.kafka.brokers, 'cdlc-dlq')
  try {
    return await task(kafka)
  } finally {
    await kafka.close()
  }
}
type Subject = Pick<View, 'name' | 'store' | 'touches'>
/** Processors are views in memory here: one with state knows what came later, a stateless one passes a record on as it is. */
async function subjectsNamed(names: readonly string[]): Promise<readonly Subject[]> {
  const { views, processors } = await allNamed(names)
  return [...views, ...processors.map((processor): Subject => ({ name: processor.name, store: 'memory', touches: isStateless(processor) ? undefined : () => [] }))]
}
const viewNamed = async (name: string): Promise<Subject> => {
  const [view] = await subjectsNamed([name])
  if (view === undefined) throw new Error(`no view '${name}'`)
  return view
}
const MOST = 100_000
const plain = ({ id, state, letter: { value, headers, ...letter } }: Entry) => ({ id, state, ...letter, value_bytes: value?.length ?? null, headers: Object.keys(headers) })

async function list(names: readonly string[], options: ListOptions): Promise<void> {
  const limit = wholeNumber('--limit', options.limit, 1, MOST)
  const found = await withKafka(async (kafka) => {
    const all: { readonly view: string; readonly entry: Entry }[] = []
    for (const view of await subjectsNamed(names)) all.push(...chosen(await deadLettersOf(kafka, view), filterOf(options)).map((entry) => ({ view: view.name, entry })))
    return all
  })
  const shown = found.filter(({ entry }) => options.all === true || entry.state === 'pending')
  if (options.json === true) return print(JSON.stringify(shown.slice(0, limit).map(({ view, entry }) => ({ view, ...plain(entry) }))))
  if (shown.length === 0) return print(options.all === true ? 'no dead letters' : 'no dead letters are pending')
  print(table(['view', 'record', 'state', 'attempt', 'key', 'code', 'error', 'time', 'bytes'], shown.slice(0, limit).map(({ view, entry: { id, state, letter } }) => (
    [view, id, state, letter.attempt, letter.key ?? '-', letter.code, letter.error.slice(0, 80), new Date(letter.timestamp).toISOString(), letter.value?.length ?? 0]))))
  if (shown.length > limit) print(`… and ${shown.length - limit} more; see --limit`)
}

async function show(name: string, id: string, options: { readonly json?: boolean }): Promise<void> {
  const view = await viewNamed(name)
  const [entry] = await withKafka(async (kafka) => chosen(await deadLettersOf(kafka, view), { ids: [id] }))
  if (entry === undefined) throw new Error(`no dead letter '${id}' of view '${name}'; 'cdlc dlq list ${name} --all' has them all`)
  const decoded = await describe(entry.letter)
  if (options.json === true) return print(JSON.stringify({ ...plain(entry), decoded, value_base64: entry.letter.value?.toString('base64') ?? null }))
  const { letter } = entry
  print(`${entry.id}  ${entry.state}, attempt ${letter.attempt}, given up by ${letter.edition}`)
  print(`key        ${letter.key ?? '(none)'}\ntime       ${new Date(letter.timestamp).toISOString()}\nheaders    ${Object.keys(letter.headers).join(', ') || '(none)'}`)
  print(`error      ${letter.code}: ${letter.error}\n${letter.stack}\n`)
  print(`value      ${letter.value?.length ?? 0} bytes${decoded === undefined ? `, not readable; they begin ${letter.value?.subarray(0, 32).toString('hex') ?? ''}` : `\n${JSON.stringify(decoded, null, 2)}`}`)
}

async function send(name: string, ids: readonly string[], options: RedriveFlags, answer: (entry: Entry) => Promise<Answer>): Promise<void> {
  const view = await viewNamed(name)
  const rate = wholeNumber('--rate', options.rate, 1, MOST)
  const lines: string[] = []
  const tell = (entry: Entry, given: Answer): void => { lines.push(`${given === 'leave' ? 'left' : given === 'discard' ? 'discarded' : 'redriven'}  ${entry.id}`) }
  const result = await withKafka(async (kafka) => {
    const pending = chosen(await deadLettersOf(kafka, view), { ...filterOf(options), ...(ids.length === 0 ? {} : { ids }) }).filter(({ state }) => state === 'pending')
    const late = options.superseded === true ? new Set<string>() : await superseded(kafka, view, pending)
    for (const id of late) lines.push(`left      ${id}: its key has had later records, and ${view.store} would put this one over them; rebuild the view, or say --superseded`)
    const meant = pending.filter(({ id }) => !late.has(id))
    if (options.dryRun !== true) return { ...await redrive(kafka, view, meant, { answer, rate, onAnswered: tell }), superseded: late.size }
    const counts = { redriven: 0, discarded: 0, superseded: late.size }
    for (const entry of meant) {
      const given = await answer(entry)
      tell(entry, given)
      if (given === 'discard') counts.discarded++
      else if (given !== 'leave') counts.redriven++
    }
    return counts
  })
  const dry = options.dryRun === true
  if (options.json === true) return print(JSON.stringify({ view: view.name, dry_run: dry, ...result }))
  for (const line of lines.slice(0, 50)) print(line)
  if (lines.length > 50) print(`… and ${lines.length - 50} more`)
  print(`${dry ? 'would be: ' : ''}${result.redriven} redriven, ${result.discarded} discarded, ${result.superseded} left as superseded`)
}
