/** `cdlc token`: an access token to try the API with, of a demonstration account or of a program. */
import type { Command } from 'commander'
import { stackFrom } from '../../local/stack.ts'

export function register(program: Command): void {
  program.command('token').description('print an access token: of the demonstration account of a role (viewer), or of the program that tools are (service)')
    .argument('[role]', 'viewer, editor, venue-manager, analyst, operator or service', 'viewer')
    .action(async (role: string) => {
      const { endpoints } = stackFrom(process.env)
      const [{ demoAccounts }, { signIn }, { toolToken }] = await Promise.all([import('../../seed/demo.ts'), import('../../local/sign-in.ts'), import('../../local/token.ts')])
      const account = demoAccounts.find(({ email }) => email.startsWith(`${role}@`))
      if (account === undefined && role !== 'service') throw new Error(`getting a token: no demonstration account has the role '${role}'`)
      process.stdout.write(`${account === undefined ? await toolToken(endpoints)() : (await signIn(endpoints, account)).access_token}\n`)
    })
}
