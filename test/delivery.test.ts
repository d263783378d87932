// What is in delivery/: the image, Compose, systemd and nginx start what `npm start` starts, with as few rights as it
// needs. Each rule is shown to catch a sample that breaks it.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { findProgram } from './harness/program.js';
import { testWhere } from './harness/testWhere.js';

const read = (path: string) => readFileSync(path, 'utf8');
const dockerfile = read('delivery/Dockerfile');
const unit = read('delivery/sahm.service');
const { scripts, dependencies } = JSON.parse(read('package.json'));

/** One line each, without comments. */
function instructionsOf(text: string): string[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line !== '');
}

function faultsOfImage(text: string): string[] {
  const lines = instructionsOf(text);
  const last = lines.slice(lines.findLastIndex(line => line.startsWith('FROM ')));
  const values = (name: string, of = last) =>
    of.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1));
  const faults = validate(text).map(({ message }) => String(message));
  const must = (isSo: boolean, fault: string) => isSo || faults.push(fault);
  for (const base of values('FROM', lines))
    must(/^[\w/]+:\d/.test(base), 'a base without a version');
  must(values('ADD', lines).length === 0, 'ADD');
  must(/^[1-9]\d*(:[1-9]\d*)?$/.test(values('USER').at(-1) ?? ''), 'runs as root, or as who knows');
  must(values('HEALTHCHECK').length === 1, 'no health check');
  must(values('STOPSIGNAL')[0] === 'SIGTERM', 'another signal to stop');
  must(values('CMD')[0]?.startsWith('["node",') === true, 'a shell or npm between');
  for (const line of [...values('ENV', lines), ...values('ARG', lines)]) {
    must(!/SECRET|PASSWORD|PEPPER|ENCRYPTION|TOKEN|API_KEY/.test(line), 'a secret in the image');
  }
  for (const [install] of lines.join('\n').matchAll(/npm (?:ci|install|prune)\b[^&\n]*/g)) {
    must(install.includes('--ignore-scripts'), 'packages run scripts');
  }
  return faults;
}

test('the image runs the service without root, shell, secrets and scripts of packages', () => {
  expect(faultsOfImage(dockerfile)).toEqual([]);
});

test.each([
  ['Unknown instruction', 'EXPOSE 3000', 'EXPOSED 3000'],
  ['a base without a version', 'node:24-slim', 'node'],
  ['a base without a version', 'node:24-slim', 'node:latest'],
  ['ADD', 'COPY . .', 'ADD https://shop.example/a.tar /'],
  ['runs as root', 'USER 1000:1000', 'USER 0'],
  ['runs as root', 'USER 1000:1000\n', ''],
  ['no health check', 'HEALTHCHECK', '# HEALTHCHECK'],
  ['another signal', 'STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL'],
  ['a shell', '\nCMD ["node"', '\nCMD ["npm"'],
  ['a secret', 'ENV NODE_ENV', 'ENV KEY_PEPPER=a NODE_ENV'],
  ['run scripts', 'npm ci --omit=dev --ignore-scripts', 'npm ci --omit=dev'],
])('caught in an image: %s (%s)', (fault, written, instead) => {
  expect(faultsOfImage(dockerfile.replace(written, instead)).join()).toContain(fault);
});

test('nothing comes into the build of the image but what is named', () => {
  const [first, ...rest] = instructionsOf(read('.dockerignore'));
  expect(first).toBe('*');
  const named = rest.filter(line => line.startsWith('!')).map(line => line.slice(1));
  expect(named.filter(name => /env$|data|\.git|sahm\.env|delivery/.test(name))).toEqual([]);
  const copied = instructionsOf(dockerfile).filter(line => /^COPY (?!--from)/.test(line));
  expect(copied.flatMap(line => line.split(' ').slice(1, -1))).toEqual(
    expect.arrayContaining(['.', 'package.json']),
  );
});

/** What the image leaves out after its build. */
const onlyToBuild = [...dockerfile.matchAll(/\bdependencies\.([\w@/-]+)/g)].map(
  ([, name = '']) => name,
);

test('nothing that serves imports a package which the image leaves out', () => {
  expect(onlyToBuild.length).toBeGreaterThan(0);
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(onlyToBuild));
  const sources = ['src', 'jobs'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)),
  );
  const importing = new RegExp(`(?:from|import\\() ?'(?:${onlyToBuild.join('|')})(?:/[^']*)?'`);
  const faulty = sources.filter(path => path.endsWith('.ts') && importing.test(read(path)));
  expect(faulty).toEqual([]);
});

test('a container and systemd start the service with the same flags as npm start', () => {
  const [, command = '[]'] = /^CMD (.*)$/m.exec(dockerfile) ?? [];
  expect(`exec ${JSON.parse(command).join(' ')}`).toBe(scripts.start);
  const [, started] = /^ExecStart=\/usr\/bin\/(.*)$/m.exec(unit) ?? [];
  expect(`exec ${started}`).toBe(scripts.start);
});

interface ComposeService {
  image?: string;
  build?: unknown;
  user?: string;
  ports?: string[];
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  healthcheck?: unknown;
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
}

function faultsOfCompose(text: string): string[] {
  const services: Record<string, ComposeService> = parse(text, { merge: true }).services;
  return Object.entries(services).flatMap(([name, service]) => {
    const faults: string[] = [];
    const must = (isSo: boolean | undefined, fault: string) =>
      isSo || faults.push(`${name}: ${fault}`);
    must(/^[a-z]+:\d/.test(service.image ?? ''), 'an image without a version');
    must(service.read_only, 'may write everywhere');
    must(!service.privileged && service.cap_drop?.includes('ALL'), 'keeps capabilities');
    must(service.security_opt?.includes('no-new-privileges:true'), 'can become more than it is');
    must(service.build !== undefined || service.healthcheck !== undefined, 'no health check');
    must(service.ports === undefined || name === 'nginx', 'can be reached from outside');
    for (const { condition } of Object.values(service.depends_on ?? {})) {
      must(condition === 'service_healthy', 'does not wait for what it needs');
    }
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      const isSecret = /SECRET|PASSWORD$|PEPPER|ENCRYPTION|TOKEN|API_KEY/.test(variable);
      const hasSecret = /:[^/@]+@/.test(value.replace(/\$\{[^}]*\}/g, ''));
      must(!isSecret && !hasSecret, 'a secret in clear');
    }
    return faults;
  });
}

const compose = read('delivery/compose.yml');

test('every service of Compose is confined, healthy before others need it, and closed to the world', () => {
  expect(faultsOfCompose(compose)).toEqual([]);
  const rules = {
    // What is built has a name and a version of its own.
    'no-build-and-image': 0 as const,
    // nginx is for the world.
    'no-unbound-port-interfaces': 0 as const,
  };
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
  const [found]: Array<{ messages: Array<{ type: string }> }> = linter.lintFiles(
    ['delivery/compose.yml'],
    false,
  );
  expect(found?.messages.filter(({ type }) => type === 'error')).toEqual([]);
  expect(parse(compose, { merge: true }).services.sahm.stop_grace_period).toBe('45s');
});

test.each([
  ['redis: an image without a version', 'redis:8', 'redis:latest'],
  ['postgres: an image without a version', 'postgres:18', 'postgres'],
  ['sahm: may write everywhere', 'read_only: true', 'read_only: false'],
  ['nginx: keeps capabilities', 'cap_drop: [ALL]', 'cap_drop: []'],
  ['sahm: can become more', '["no-new-privileges:true"]', '[]'],
  [
    'nginx: does not wait',
    'sahm: { condition: service_healthy }',
    'sahm: { condition: service_started }',
  ],
  ['redis: can be reached', 'image: redis:8', 'image: redis:8\n    ports: ["6379:6379"]'],
  ['sahm: a secret in clear', 'sahm:$', 'sahm:a$'],
  ['sahm: a secret in clear', 'DATA_DIR: /data', 'KEY_PEPPER: a'],
])('caught in Compose: %s', (fault, written, instead) => {
  expect(compose).toContain(written);
  expect(faultsOfCompose(compose.replace(written, instead)).join('\n')).toContain(fault);
});

test('nginx treats the containers of Compose as it does the replicas of one machine', () => {
  const settings = (path: string) =>
    read(path)
      .replace(/^\s*(#|resolver |server ).*\n/gm, '')
      .trim();
  expect(settings('delivery/replicas.compose.conf')).toBe(settings('delivery/replicas.conf'));
});

const systemdAnalyze = findProgram('systemd-analyze');

testWhere(systemdAnalyze !== undefined, 'systemd')(
  'systemd reads the unit without a complaint, and counts few rights that it leaves',
  async () => {
    const analyze = (...args: string[]) =>
      new Promise<string>(resolve => {
        execFile(systemdAnalyze ?? '', args, (_error, stdout, stderr) => resolve(stdout + stderr));
      });
    expect(await analyze('verify', 'delivery/sahm.service')).not.toMatch(/sahm\.service/);
    const security = await analyze('security', '--offline=true', 'delivery/sahm.service');
    const [, exposure] = /Overall exposure level for sahm\.service: ([\d.]+)/.exec(security) ?? [];
    // Of 10; the unit that only says how to start has 9.
    expect(Number(exposure)).toBeLessThan(2);
  },
);
