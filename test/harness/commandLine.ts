// The command line: with pipes, as scripts use it, and at a terminal in a process of its own.

import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

const ENTRY = 'dist/src/cli/main.js';

function environment(env: Record<string, string>) {
  const { NODE_OPTIONS: _, COLUMNS: __, QUOTA_TIME_ZONE: ___, ...inherited } = process.env;
  return { ...inherited, ...env };
}

/** As a script runs it: with pipes, and not at a terminal. Commands that are asked for at once take turns. */
export function run(args: string[], env: Record<string, string>, input = ''): Promise<Ran> {
  host ??= startHost();
  const id = ++lastId;
  return new Promise(resolve => {
    waiting.set(id, resolve);
    host?.send({ id, args, env: environment(env), input });
  });
}

let host: ChildProcess | undefined;
let lastId = 0;
const waiting = new Map<number, (ran: Ran) => void>();

function startHost(): ChildProcess {
  const child = fork('test/harness/commandHost.mjs', { env: environment({}), execArgv: [] });
  child.on('message', ({ id, ...ran }: Ran & { id: number }) => {
    waiting.get(id)?.(ran);
    waiting.delete(id);
  });
  // The tests do not wait for it; it ends with them, because its channel closes.
  child.unref();
  child.channel?.unref();
  return child;
}

/** Terminals are made by `script` of util-linux. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Everything that the terminal showed. Each answer is typed when something is asked. */
export function runAtTerminal(
  args: string[],
  env: Record<string, string>,
  answers: string[],
): Promise<{ code: number; shown: string }> {
  const command = [process.execPath, ENTRY, ...args].map(text => `'${text}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: environment(env) });
  const left = [...answers];
  let shown = '';
  let read = 0;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', text => {
    shown += text;
    if (!/(?:: |\[y\/N\] (?:\p{Cc}\[\w+)?)$/u.test(shown.slice(read))) return;
    read = shown.length;
    child.stdin.write(`${left.shift() ?? ''}\r`);
  });
  return new Promise(resolve => {
    child.once('close', code => resolve({ code: code ?? -1, shown }));
  });
}
