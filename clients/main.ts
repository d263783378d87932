// `npm run clients`: installs clients that people use into a temporary folder, and lets them ask the built service
// over loopback alone, with the sandbox as upstream (clients/README.md).

import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENTS, type TriedClient } from './list.js';

/** Runs a command in a network that has only loopback. Everything inside ends with its first process. */
const ISOLATED = 'unshare --map-root-user --net --pid --fork --kill-child --mount-proc sh -c'.split(
  ' ',
);
const ENTER = 'ip link set lo up && exec "$@"';
const node = Number(process.versions.node.split('.')[0]);

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(CLIENTS);
const unknown = names.filter(name => !(name in CLIENTS));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: none of ${Object.keys(CLIENTS).join(', ')}`);
  process.exit(2);
}
const isolation = spawnSync(ISOLATED[0] as string, [...ISOLATED.slice(1), ENTER, 'sh', 'true']);
const inside = isolation.status === 0 ? [...ISOLATED, ENTER, 'sh'] : [];
console.log(
  inside.length > 0
    ? 'Over loopback alone.'
    : 'Without isolation: unshare and ip are needed for it.',
);

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
const folder = await mkdtemp(join(tmpdir(), 'sahm-clients-'));
try {
  const installed: string[] = [];
  for (const name of names) if (await install(name)) installed.push(name);
  const command = [...inside, process.execPath, 'dist/clients/inside.js', folder, ...installed];
  if ((await run(command)) !== 0) process.exitCode = 1;
} catch (error) {
  if (!stopped.signal.aborted) throw error;
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function install(name: string): Promise<boolean> {
  const { packages, command, node: least } = CLIENTS[name] as TriedClient;
  if (node < least) {
    console.log(`${name}: not tried, needs Node ${least}`);
    return false;
  }
  const home = join(folder, name);
  await mkdir(home);
  await cp('clients/programs', home, { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify({ dependencies: packages }));
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--silent'];
  // A program's binary for this platform is an optional package. Libraries do not need theirs, which take gigabytes.
  if (!command) flags.push('--omit=optional');
  const code = await run(['npm', 'install', ...flags, `--prefix=${home}`]);
  if (code === 0) return true;
  console.log(`${name}: NOT WELL: its packages could not be installed`);
  process.exitCode = 1;
  return false;
}

function run([program, ...args]: string[]): Promise<number | null> {
  // The first process of such a network gets no signal but SIGKILL.
  const child = spawn(program as string, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: stopped.signal,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
}
