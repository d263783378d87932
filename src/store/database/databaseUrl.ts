// What a DATABASE_URL may contain. Each parameter is used or refused with a message; none is ignored.

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { urlsOfHosts } from '../../domain/hostUrls.js';
import type { Target } from './client.js';
import { createPrimary, nameOf, type Server, writerAt } from './primary.js';
import { StartError } from './startError.js';

type Ssl = ConnectionOptions | false;

const PARAMETERS = [
  'application_name',
  'channel_binding',
  'host',
  'options',
  'schema',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'target_session_attrs',
];
/** What a server must be; the names are those of psql. */
const TAKES_WRITES = ['read-write', 'primary'];
const SSL_MODES = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'];
const SCHEMA_NAME = /^[A-Za-z_][A-Za-z0-9_$]*$/;

/** The target for messages, without the password. */
export function describeTarget({ host, port, database, primary }: Target): string {
  const servers = primary?.servers ?? [{ host: host ?? 'localhost', port: port ?? 5432 }];
  return `${servers.map(nameOf).join(',')}/${database ?? ''}`;
}

/** @throws {StartError} whose message never contains the password. */
export function readDatabaseUrl(text: string): Target {
  const urls = urlsOfHosts(text);
  const [url] = urls;
  const given = parametersOf(url);
  const host = given.host ?? hostOf(url);
  const ssl = sslOf(given);
  const options = optionsOf(given);
  const target = {
    ...(host && { host }),
    ...(url.port && { port: Number(url.port) }),
    ...(url.username && { user: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
    ...(url.pathname.length > 1 && { database: decodeURIComponent(url.pathname.slice(1)) }),
    ...(ssl !== undefined && { ssl }),
    ...(options && { options }),
    ...(given.application_name && { application_name: given.application_name }),
    ...(given.channel_binding === 'require' && { enableChannelBinding: true }),
  };
  const servers = serversOf(urls, given);
  if (servers.length === 1) return target;
  return { ...target, primary: createPrimary(servers, server => writerAt(target, server)) };
}

function hostOf(url: URL): string {
  return decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

function serversOf(urls: URL[], { host, target_session_attrs }: Record<string, string>): Server[] {
  if (target_session_attrs !== undefined && !TAKES_WRITES.includes(target_session_attrs)) {
    throw refusal(
      `has target_session_attrs=${target_session_attrs}, but Sahm writes. Say read-write`,
    );
  }
  if (host?.includes(',')) {
    throw refusal('has several hosts in "host": put them before the path, separated by commas');
  }
  const servers = urls.map(url => ({ host: hostOf(url), port: Number(url.port || 5432) }));
  if (servers.length === 1) return servers;
  const names = servers.map(nameOf);
  if (host !== undefined) throw refusal('has several hosts, and "host" too: leave one out');
  if (servers.some(server => server.host === '')) throw refusal('has a comma without a host');
  if (new Set(names).size < names.length) throw refusal(`names a host twice (${names.join(', ')})`);
  if (target_session_attrs === undefined) {
    throw refusal(
      `names several hosts (${names.join(', ')}). Add target_session_attrs=read-write, which every program understands alike: the one of them that takes writes`,
    );
  }
  return servers;
}

function parametersOf(url: URL): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (!PARAMETERS.includes(name)) {
      throw refusal(
        `has the parameter "${name}", which Sahm does not know. Remove it; it can have ${PARAMETERS.join(', ')}`,
      );
    }
    if (name in given) throw refusal(`has the parameter "${name}" twice`);
    given[name] = value;
  }
  return given;
}

/** Settings that the server applies at the start of the session, in the form of libpq's `options`. */
function optionsOf({ options, schema }: Record<string, string>): string | undefined {
  if (schema === undefined) return options;
  if (!SCHEMA_NAME.test(schema)) throw refusal('has a schema whose name is no plain one');
  if (options?.includes('search_path')) {
    throw refusal('has both "schema" and a search_path in "options": leave one out');
  }
  return `${options ? `${options} ` : ''}-c search_path="${schema}"`;
}

/** Undefined where the URL does not mention TLS: then there is none. */
function sslOf(given: Record<string, string>): Ssl | undefined {
  const { sslmode: mode, sslrootcert, sslcert, sslkey } = given;
  if (mode !== undefined && !SSL_MODES.includes(mode)) {
    throw refusal(
      `has sslmode=${mode}. It can be ${SSL_MODES.join(', ')}: whether TLS is used is not left to the server`,
    );
  }
  if (mode === undefined || mode === 'disable') {
    if (sslrootcert ?? sslcert ?? sslkey) throw refusal('has certificates, but no sslmode');
    return mode && false;
  }
  const authority = sslrootcert !== undefined && sslrootcert !== 'system';
  if (mode === 'verify-ca' && !authority) {
    throw refusal('has sslmode=verify-ca, which needs sslrootcert=FILE; or say verify-full');
  }
  return {
    rejectUnauthorized: mode !== 'no-verify',
    ...(authority && { ca: readCertificate('sslrootcert', sslrootcert) }),
    ...(sslcert && { cert: readCertificate('sslcert', sslcert) }),
    ...(sslkey && { key: readCertificate('sslkey', sslkey) }),
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}

function readCertificate(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw refusal(`names a file in ${name} that cannot be read: ${(error as Error).message}`);
  }
}

function refusal(fault: string): StartError {
  return new StartError(`DATABASE_URL ${fault}.`);
}
