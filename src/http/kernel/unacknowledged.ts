// How many bytes the system keeps for a client because the client has not acknowledged them. Node does not know it,
// Linux does: it tells a client that reads slowly from one that reads nothing.

import { readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
/** `sl: local remote state sent:received timer:when retransmitted user timeout inode` */
const LINE = /^ *\d+: \S+ \S+ \S+ ([0-9A-F]{8}):\S+ \S+ \S+ +\d+ +\d+ (\d+) /gm;

/**
 * By the sockets' file descriptors. A socket that the system tells nothing of is not in it. The system takes ten
 * milliseconds and more to write its tables, so another thread reads them.
 */
export async function unacknowledgedBytes(descriptors: number[]): Promise<Map<number, number>> {
  const bytesOfInode = new Map<string, number>();
  for (const table of TABLES) {
    const text = await readFile(table, 'latin1').catch(() => '');
    for (const [, sent = '', inode = ''] of text.matchAll(LINE)) {
      bytesOfInode.set(inode, Number.parseInt(sent, 16));
    }
  }
  const found = new Map<number, number>();
  for (const descriptor of descriptors) {
    const bytes = bytesOfInode.get(inodeOf(descriptor));
    if (bytes !== undefined) found.set(descriptor, bytes);
  }
  return found;
}

function inodeOf(descriptor: number): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? '';
  } catch {
    return '';
  }
}
