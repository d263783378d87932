// The client as it is installed: built, packed, and unpacked into an empty folder.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Packed {
  /** Programs in it may import `sahm-sdk`. */
  folder: string;
  tarball: string;
  remove(): Promise<void>;
}

export async function packSdk(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'sahm-sdk-'));
  const source = join(folder, 'source');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await mkdir(source);
  for (const name of ['package.json', 'README.md']) {
    await copyFile(join('sdk/js', name), join(source, name));
  }
  await run(process.execPath, ['sdk/js/build.mjs', join(source, 'dist')]);
  const { stdout } = await run('npm', ['pack', source, '--silent', '--pack-destination', folder]);
  const tarball = join(folder, stdout.trim());
  await run('tar', ['-xzf', tarball, '-C', folder]);
  await rename(join(folder, 'package'), join(folder, 'node_modules/sahm-sdk'));
  return { folder, tarball, remove: () => rm(folder, { recursive: true }) };
}

/** Without what Jest adds to the environment. */
export function run(program: string, args: string[], env: Record<string, string> = {}) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return promisify(execFile)(program, args, { env: { ...inherited, ...env } });
}
