// One process of the built service (dist/src/main.js), started and stopped as an operator does it.

import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous, because a shared machine may be slow, and this measures nothing. */
const READY_WITHIN_MS = 90_000;
const OUTPUT_KEPT = 200_000;
/** The flags that `npm start` passes to Node. */
const NODE_FLAGS = (JSON.parse(readFileSync('package.json', 'utf8')).scripts.start as string)
  .split(' ')
  .filter(word => word.startsWith('--'));

export interface ServiceProcess {
  url: string;
  pid: number;
  /** What it has written so far, to both streams. */
  output(): string;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

export interface EndedProcess {
  code: number | string;
  output: string;
}

/** Runs a built entry point, such as `src/commands/verify`, to its end. */
export async function runToEnd(
  entry: string,
  environment: Record<string, string>,
): Promise<EndedProcess> {
  const child = startEntry(entry, environment);
  const code = await child.ended;
  return { code, output: child.output() };
}

/**
 * Starts the service on a free port, with `command` if given. Resolves when it is ready; throws what it
 * printed if it ends first. `logFile`: see `launch`.
 */
export async function startServiceProcess(
  environment: Record<string, string>,
  command = built('src/main'),
  logFile?: string,
): Promise<ServiceProcess> {
  const { PORT = '0' } = environment;
  const known = PORT === '0' ? undefined : PORT;
  const child = launch(command, { HOST: '127.0.0.1', PORT, ...environment }, logFile);
  return untilReady(child, known);
}

/** Waits until a process that was already started is ready. It says its port itself, but behind a PUBLIC_URL. */
export async function untilReady(
  child: Omit<ServiceProcess, 'url'>,
  knownPort?: string,
): Promise<ServiceProcess> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (child.isRunning() && performance.now() < giveUpAt) {
    const port = knownPort ?? /listens on http:\/\/localhost:(\d+)/.exec(child.output())?.[1];
    const url = `http://127.0.0.1:${port}`;
    if (port && (await statusOf(`${url}/readyz`)) === 200) return { ...child, url };
    await sleep(20);
  }
  child.signal('SIGKILL');
  throw new Error(`The service did not become ready:\n${child.output()}`);
}

/** The status of a GET; 0 where nobody answers. */
export async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

/** The command line for a script, with the flags of `npm start`. */
export function node(script: string): string[] {
  return [process.execPath, ...NODE_FLAGS, script];
}

function built(entry: string): string[] {
  return node(`dist/${entry}.js`);
}

/** Starts a built entry point without waiting for anything. */
export function startEntry(
  entry: string,
  environment: Record<string, string>,
): Omit<ServiceProcess, 'url'> {
  return launch(built(entry), environment);
}

/**
 * It ends when all processes that share its outputs have ended. All that they write is appended to `logFile`, if
 * there is one, and is there when they have ended.
 */
export function launch(
  [program, ...args]: string[],
  environment: Record<string, string>,
  logFile?: string,
): Omit<ServiceProcess, 'url'> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(program as string, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...environment },
  });
  const pid = child.pid as number;
  const dismissGuard = guardAgainstOrphans(pid);
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
      // To cut it each time would copy it each time.
      if (output.length > 2 * OUTPUT_KEPT) output = output.slice(-OUTPUT_KEPT);
      log?.write(text);
    });
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      dismissGuard();
      const end = () => resolve(code ?? signal ?? 'unknown');
      if (log) log.end(end);
      else end();
    });
  });
  return {
    pid,
    output: () => output,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal: name => void child.kill(name),
    ended,
  };
}

/** A shell kills the process if this one ends first, however it ends. */
export function guardAgainstOrphans(pid: number): () => void {
  const script = 'cat >/dev/null; kill -9 "$1" 2>/dev/null';
  const guard = spawn('sh', ['-c', script, 'sh', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => {
    guard.kill('SIGKILL');
    guard.stdin.destroy();
  };
}
