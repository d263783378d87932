// Checks this machine: the data folder, the disk, and how the service is reached.

import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.js';
import { type Finding, tried, warned, well, wrong } from './finding.js';

const readyAnswer = z.object({
  status: z.string(),
  message: z.string().optional(),
  warnings: z.array(z.object({ message: z.string() })).optional(),
});
const LEAST_FREE_BYTES = 1024 ** 3;
const PATIENCE_MS = 5_000;

/** `server` is the address of the service, if it differs from where this configuration lets it listen. */
export async function examineMachine(
  config: Config,
  server: string = addressOf(config),
): Promise<{ found: Finding[]; isServing: boolean }> {
  const said = await askServer(server);
  const found = await Promise.all([
    tried('data folder', () => useFolder(config.dataDir, 'DATA_DIR')),
    ...(config.mediaS3
      ? []
      : [tried('media folder', () => useFolder(config.mediaDir, 'MEDIA_DIR'))]),
    examineAddress(config),
    Promise.resolve(examineProxies(config)),
    Promise.resolve(examineServer(server, said)),
  ]);
  return { found, isServing: said !== null };
}

async function useFolder(directory: string, variable: string): Promise<string> {
  const folder = resolve(directory);
  const file = join(folder, `.doctor-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, 'x');
    await rm(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `cannot write into ${folder} (${code}): give it to the user that Sahm runs as, make room, or set ${variable} to another folder`,
    );
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const said = `${(free / 1024 ** 3).toFixed(1)} GiB are free in ${folder}`;
  if (free < LEAST_FREE_BYTES) throw new Error(`only ${said}: make room`);
  return said;
}

/** Checks that PUBLIC_URL leads to this service. */
async function examineAddress({ publicUrl, isProduction }: Config): Promise<Finding> {
  const name = 'PUBLIC_URL';
  if (publicUrl === undefined) {
    return isProduction
      ? wrong(
          name,
          'is not set: set it to the address under which buyers and shops reach this service',
        )
      : warned(name, 'is not set: links in mails lead to localhost; in production it must be');
  }
  const url = new URL(publicUrl);
  if (url.username || url.search || url.hash) {
    return wrong(
      name,
      'must be an address without user, query and fragment, as https://api.shop.example',
    );
  }
  if (isProduction && url.protocol !== 'https:') {
    return wrong(name, `${publicUrl} is not https: keys and passwords would be sent in clear`);
  }
  return tried(name, async () => {
    const path = `${publicUrl.replace(/\/$/, '')}/healthz`;
    const status = await statusAt(path);
    if (status === 'ok') return `${publicUrl} leads to Sahm`;
    throw new Error(`${path} does not lead to Sahm (${status}): check DNS, the proxy and TLS`);
  });
}

/** Behind a proxy, all callers seem to have the proxy's address, unless TRUST_PROXY is set. */
function examineProxies({ publicUrl, trustProxy, isProduction }: Config): Finding {
  const name = 'TRUST_PROXY';
  const isBehindTls = publicUrl?.startsWith('https:') ?? false;
  if (isProduction && isBehindTls && trustProxy === false) {
    return wrong(
      name,
      'is not set, but PUBLIC_URL is https, so a proxy stands before Sahm: all callers look like one, and share the limits of one. Set it to how many proxies there are',
    );
  }
  if (typeof trustProxy === 'number' && !isBehindTls && isProduction) {
    return wrong(
      name,
      `${trustProxy} proxies are believed, but PUBLIC_URL names none: callers could make addresses up`,
    );
  }
  return well(name, trustProxy === false ? 'no proxy is believed' : `believes ${trustProxy}`);
}

function addressOf({ port, host }: Config): string {
  const address = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

type Readiness = z.infer<typeof readyAnswer>;

/** Null if nothing answers there as Sahm does. */
async function askServer(server: string): Promise<Readiness | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(readyUrl(server), { signal });
    return readyAnswer.parse(await response.json());
  } catch {
    return null;
  }
}

function examineServer(server: string, said: Readiness | null): Finding {
  const url = readyUrl(server);
  if (said === null) {
    return warned('server', `none answers at ${url}; if it runs, SAHM_URL says where`);
  }
  const warnings = (said.warnings ?? []).map(({ message }) => message);
  if (said.status === 'ready' && warnings.length === 0) return well('server', `${url}: ready`);
  const problems = [said.status === 'ready' ? [] : [said.message ?? said.status], warnings].flat();
  return wrong('server', `${url}: ${problems.join(' ')}`);
}

function readyUrl(server: string): string {
  return `${server.replace(/\/$/, '')}/readyz`;
}

async function statusAt(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const body: unknown = await response.json().catch(() => null);
  const isOurs = typeof body === 'object' && body !== null && 'status' in body;
  return isOurs && body.status === 'ok' ? 'ok' : `status ${response.status}`;
}
