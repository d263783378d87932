// Faults that an operator can mend after reading one message: which they are, and how each is printed.

import { databaseFaultOf } from '../domain/databaseFault.js';

/** Errors whose message says what to do. */
const PLAIN = [
  'CatalogError',
  'ConfigError',
  'DirectoryLockedError',
  'MigrationError',
  'RestoreError',
  'StartError',
];

const FILE_ADVICE: Record<string, string> = {
  EACCES: 'this user may not do that; give the folder to the user that Sahm runs as',
  EPERM: 'this user may not do that; give the folder to the user that Sahm runs as',
  EROFS: 'the file system is read-only; name another folder',
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the disk quota is used up; make room',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of that path is a file; name another folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a file is there where a folder should be; name another folder',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
};

/** Never a fault of the program. */
const FULL = ['ENOSPC', 'EDQUOT', 'EROFS'];

interface SystemFault extends NodeJS.ErrnoException {
  port?: number;
  hostname?: string;
}

/** Null for a fault of the program, which is printed with its stack. */
export function plainMessage(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (PLAIN.includes(error.name)) return error.message;
  const { code = '', syscall, path, port, hostname } = error as SystemFault;
  if (syscall === 'listen') {
    return `the port ${port ?? ''} cannot be used: ${error.message}. Set PORT to a free one, or HOST to an address of this machine.`;
  }
  if (databaseFaultOf(error) === 'unavailable') {
    // Prisma quotes the call first and says what happened last.
    const said = error.message.trim().split('\n').at(-1);
    return `the database went away, or takes nothing at this moment: ${said} Start again when it is there.`;
  }
  if (syscall === 'getaddrinfo') {
    return `the name ${hostname} leads to no address (${code}). If it is that of HOST, set HOST to an address of this machine.`;
  }
  const advice = FILE_ADVICE[code];
  // A file that is open already is not named by the system.
  const where = path ?? (FULL.includes(code) ? 'a file could not be written' : undefined);
  return where && advice ? `${where}: ${advice} (${code}, ${syscall}).` : null;
}

/** Writes to stderr what happened, with a stack only for faults of the program. */
export function tellFault(error: unknown): void {
  console.error(plainMessage(error) ?? error);
}
