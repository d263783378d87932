// Runs servers in the foreground for a test: started, awaited, and stopped however the test ends.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { until } from './load.js';
import { guardAgainstOrphans } from './serviceProcess.js';

/** The path of an installed program; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  // Debian's servers are in folders that are only on root's PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Program {
  pid: number;
  output(): string;
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

/**
 * Starts an installed server as one foreground process, and waits until it answers. `directory` belongs to
 * the server and is removed with it.
 */
export async function startProgram(
  name: string,
  args: string[],
  directory: string,
  answers: () => Promise<boolean>,
): Promise<Program> {
  const program = run(findProgram(name) as string, args);
  await until(answers, 60_000).catch(() => {
    throw new Error(`${name} did not start:\n${program.output()}`);
  });
  return {
    pid: program.pid,
    output: program.output,
    async stop() {
      await program.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function run(command: string, args: string[]): Program {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid as number;
  const dismissGuard = guardAgainstOrphans(pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  return {
    pid,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      dismissGuard();
    },
  };
}

/** Free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
