// The whole program: the service's operations, signing in, and the commands on the machine itself.

import { Argument, Command } from 'commander';
import { addAdminCommands } from './admin.js';
import { addOperations, type Defaults } from './commands.js';
import { completionScript, SHELLS } from './completion.js';
import { addConnectCommand } from './connect/connect.js';
import { addDoctorCommand } from './doctor.js';
import { addMailCommands } from './mail.js';
import { addReceiptCommand } from './receipt/command.js';
import { addRestoreCommand } from './restore.js';
import { addSignIn } from './signIn.js';
import type { Tools } from './tools.js';

/** Questions of people, each with the command that answers it. */
const ASKED: Array<[question: string, words: string]> = [
  ['What does a buyer have, and what is left?', 'license show bob@example.com'],
  ['Whose key is this? (typed at a prompt)', 'license show -'],
  ['Whose key ends with these characters?', 'license list --last4 Lh0y'],
  ['Where did the requests go?', 'license requests bob@example.com'],
  ['Why was a request refused?', 'license refusals bob@example.com'],
  ['What became of one request?', 'request show REQUEST-ID'],
  ['Why is the balance what it is?', 'license balance bob@example.com'],
  ['What happened to a license?', 'license timeline bob@example.com'],
  ['Where is what somebody paid for?', 'purchase list --email bob@example.com'],
  ['What is used, and what does it cost?', 'usage --group model'],
  ['What was sold?', 'sales --group month'],
  ['What do the books need?', 'export requests.csv --from 2026-11-01 --to 2026-11-30 november.csv'],
  ['Was a customer told of something?', 'notice list --license bob@example.com'],
  ['Who changed something today?', 'audit --actor anna@shop.example --from 2026-11-29'],
  ['Who changed this license?', 'audit --license bob@example.com'],
  ['What did an order do?', 'purchase list --order 1004'],
  ['', 'license list --order 1004'],
  ['Which purchases wait for a decision?', 'purchase list --outcome failed'],
  ['', 'purchase list --outcome waiting'],
  ['Whose license ends this week?', 'license list --status active --expires-by 2026-12-06'],
  ['How is a key sent again?', 'license send-key bob@example.com'],
  ['How is a stolen key replaced?', 'license rotate bob@example.com --grace 0'],
  ['How is a key replaced in a week?', 'license rotate bob@example.com --grace 7d'],
  ['How does one of several keys end?', 'license key remove bob@example.com KEY-ID'],
  ['How is a license stopped, and let go on?', 'license suspend bob@example.com --reason "…"'],
  ['', 'license reinstate bob@example.com'],
  ['How are requests given?', 'grant bob@example.com --product 404'],
  ['How are they taken back?', 'license grant withdraw bob@example.com GRANT-ID'],
  ['How is a plan given for a time?', 'license change … --plan vip --plan-until 2027-02-28'],
  ['How is the last change taken back?', 'license undo bob@example.com'],
  ['Do the counts add up?', 'verify'],
  ['What is set up wrongly?', 'doctor'],
];

export interface Program {
  program: Command;
  defaults: Defaults;
}

export function buildProgram(tools: Tools): Program {
  const program = new Command('sahm')
    .description(
      'Administers a running Sahm. SAHM_URL says where it is (http://localhost:3000), SAHM_TOKEN is the API token that sahm sign-in prints. Dates are shown in QUOTA_TIME_ZONE, or in UTC.',
    )
    .option('--json', 'print the API’s JSON, also of an error')
    .option('--yes', 'answer yes to what is asked before something that cannot be undone')
    .option('--wide', 'do not cut tables to the width of the terminal')
    .configureHelp({ showGlobalOptions: true });
  addSignIn(program, tools);
  const defaults = addOperations(program, tools);
  addCommandList(program, tools);
  addCompletion(program, defaults);
  program.commandsGroup('For whoever has a license key:');
  addConnectCommand(program, tools);
  addReceiptCommand(program, tools);
  program.commandsGroup('On the machine itself, without the service:');
  addAdminCommands(program);
  addRestoreCommand(program);
  addMailCommands(program);
  addDoctorCommand(program);
  program.addHelpText('after', questionsFor(program));
  return { program, defaults };
}

/** The questions that this program can answer. */
function questionsFor(program: Command): string {
  const known = ASKED.filter(([, words]) => isKnown(program, words.split(' ')));
  const longest = Math.max(...known.map(([question]) => question.length));
  const lines = known.map(([question, words]) => `  ${question.padEnd(longest)}  sahm ${words}`);
  const alone = 'A group alone runs its list: sahm license is sahm license list.';
  return `\n${alone}\n\nFor example:\n${lines.join('\n')}`;
}

function isKnown(command: Command, [word = '', ...rest]: string[]): boolean {
  const inner = command.commands.find(each => [each.name(), ...each.aliases()].includes(word));
  if (inner === undefined) return command.commands.length === 0;
  return inner.commands.length === 0 || rest[0]?.startsWith('-') || isKnown(inner, rest);
}

function addCommandList(program: Command, { operations, show }: Tools): void {
  program
    .command('commands')
    .description('Every command with the route that it calls and the role that it needs')
    .action(() => {
      const commands = operations.map(({ words, route, access, summary }) => ({
        command: words.map(({ word }) => word).join(' '),
        route: route.replace(' ', ' /admin/api'),
        role: access,
        summary,
      }));
      show({ commands }, { noun: 'commands', isAboutOne: false, filters: [] });
    });
}

function addCompletion(program: Command, defaults: Defaults): void {
  program
    .command('completion')
    .description('Prints a script that completes commands: source <(sahm completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(shell => void process.stdout.write(completionScript({ program, defaults }, shell)));
}
