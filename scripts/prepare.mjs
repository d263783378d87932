// Makes a checkout ready to run: dependencies, the database client, the build. What exists already is
// recognised by its content: a stamp holds the hash of what it was made from. So it does not matter how the
// files came here, and a second start costs milliseconds.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The service's packages, and those that its pages are built with. */
const SERVICE = '.';
const WEB = 'web';
const LOCKFILE_STAMP = 'node_modules/.sahm-lockfile';
const CLIENT_STAMP = 'src/store/generated/.sahm-schema';
const CLIENT_CLASS = 'src/store/generated/internal/class.ts';
const COMPILER = 'src/store/generated/queryCompiler.wasm';
const COMPILER_IMPORT =
  /const \{ wasm \} = await import\("([^"]+\.wasm-base64\.mjs)"\)\s+return await decodeBase64AsWasm\(wasm\)/;
const LONG_BASE64 = /"([A-Za-z0-9+/=]{100000,})"/;
const BUILD_STAMP = 'dist/.sahm-build';
const WEB_STAMP = 'dist/.sahm-web';

/** A step that failed; `output` is what it printed. */
export class StepFailed extends Error {
  constructor(title, output) {
    super(`${title}: failed`);
    this.output = output;
  }
}

/**
 * Runs all steps that are needed. `dev`: includes what only tests need. `built`: includes the build. Ends the
 * process with a message when a step fails.
 */
export async function prepare({ dev = false, built = true } = {}) {
  process.chdir(root);
  try {
    requireNode();
    if (isDelivered()) return;
    const isReady = !built || (isBuilt() && isWebBuilt());
    if (isInstalled(SERVICE, dev) && isGenerated() && isReady && (!dev || isInstalled(WEB, dev))) {
      return;
    }
    await withLock(async () => {
      await installDependencies(SERVICE, dev);
      await generateClient();
      if (dev) await installDependencies(WEB, dev);
      if (built) await buildAll();
    });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`${error.output.trimEnd()}\n${error.message}`);
    process.exit(1);
  }
}

/** Reads `.env`. Variables that are already set win. */
export function loadEnvironmentFile() {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

async function installDependencies(folder, dev) {
  if (isInstalled(folder, dev)) return;
  // If somebody ran npm by hand, node_modules is up to date and only the stamp is old.
  if (!matchesLockfile(folder, dev)) {
    const npm = /npm-cli\.[cm]?js$/.test(process.env.npm_execpath ?? '')
      ? [process.execPath, process.env.npm_execpath]
      : ['npm'];
    const flags = ['--loglevel=error', `--prefix=${folder}`, ...(dev ? ['--include=dev'] : [])];
    const title = `Installing dependencies${folder === WEB ? ' of the pages' : ''}`;
    // npm passes its flags on in the environment: `npm --silent test` would hide why npm failed here.
    try {
      await runStep(title, [...npm, 'ci', ...flags]);
    } catch (error) {
      // A lockfile that was written with a registry without binaries for other platforms does not list them,
      // and `npm ci` refuses it. `npm install` still takes the same locked versions.
      if (!error.output?.includes('EUSAGE')) throw error;
      console.log('npm ci refused package-lock.json as incomplete; npm install takes it as it is.');
      await runStep(title, [...npm, 'install', '--no-save', ...flags]);
    }
  }
  const stamp = lockfileStamp(folder, matchesLockfile(folder, true));
  writeFileSync(join(folder, LOCKFILE_STAMP), stamp);
}

async function generateClient() {
  if (isGenerated()) return;
  const prisma = [process.execPath, 'node_modules/prisma/build/index.js'];
  await runStep('Generating the database client', [...prisma, 'generate'], {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  });
  unpackCompiler();
  writeFileSync(CLIENT_STAMP, schemaHash());
}

/**
 * The client has its query compiler as base64 in a module, and V8 keeps a module's text for ever, in this
 * case twice. Unpacked into a file, it is read and then forgotten.
 */
function unpackCompiler() {
  const client = read(CLIENT_CLASS);
  const [importing, module] = client.match(COMPILER_IMPORT) ?? [];
  // Read, not imported, because this process may become the server.
  const text = module && read(fileURLToPath(import.meta.resolve(module)));
  const [, base64] = text?.match(LONG_BASE64) ?? [];
  if (!base64) throw new StepFailed('Generating the database client', 'its compiler is not found');
  writeFileSync(COMPILER, Buffer.from(base64, 'base64'));
  const reading = `const { readFile } = await import('node:fs/promises')
    const { projectRoot } = await import('../../database/projectRoot.js')
    return new WebAssembly.Module(await readFile(\`\${projectRoot}/${COMPILER}\`))`;
  writeFileSync(CLIENT_CLASS, client.replace(importing, reading));
}

/** Only the build; throws StepFailed. */
export async function build() {
  if (!isBuilt() || !isWebBuilt()) await withLock(buildAll);
}

async function buildAll() {
  await compile();
  await buildWeb();
}

async function compile() {
  if (isBuilt()) return;
  const hash = sourcesHash();
  rmSync(BUILD_STAMP, { force: true });
  await runStep('Building', [
    process.execPath,
    'node_modules/typescript/bin/tsc',
    // Types are checked by the tests: here the packages that have them are not installed.
    '--noCheck',
    '--pretty',
    'false',
  ]);
  writeFileSync(BUILD_STAMP, hash);
}

/** What is built needs none of the packages it was built with: they are installed only where it is not. */
async function buildWeb() {
  if (isWebBuilt()) return;
  await installDependencies(WEB, false);
  const hash = webHash();
  rmSync(WEB_STAMP, { force: true });
  const vite = join(WEB, 'node_modules/vite/bin/vite.js');
  // In any other environment, such as that of the tests, they would be built for debugging: larger, and slow.
  const environment = { NODE_ENV: 'production' };
  await runStep('Building the pages', [process.execPath, vite, 'build', WEB], environment);
  writeFileSync(WEB_STAMP, hash);
}

/** Runs a command and prints one line about it. Its own output is only shown when it fails. */
export async function runStep(title, [command, ...args], environment = {}) {
  const begun = performance.now();
  const { code, output } = await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
  if (code !== 0) throw new StepFailed(title, output);
  console.log(`${title}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

/** A container image has what was built, and nothing to build from. */
function isDelivered() {
  return !existsSync('tsconfig.json');
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StepFailed('Node', `Sahm needs Node 20.19 or later; this is ${process.versions.node}.`);
}

function isInstalled(folder, dev) {
  const stamp = read(join(folder, LOCKFILE_STAMP));
  return stamp === lockfileStamp(folder, true) || (!dev && stamp === lockfileStamp(folder, false));
}

function lockfileStamp(folder, dev) {
  return `${hashOf([read(join(folder, 'package-lock.json'))])}${dev ? ' with dev' : ''}`;
}

/** Whether node_modules matches the lockfile, according to npm's own record there. */
function matchesLockfile(folder, dev) {
  const record = read(join(folder, 'node_modules/.package-lock.json'));
  if (!record) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(JSON.parse(read(join(folder, 'package-lock.json'))).packages).every(
    ([path, wanted]) => {
      if (path === '') return true;
      const found = installed[path];
      if (found) return found.version === wanted.version && found.integrity === wanted.integrity;
      return wanted.optional || wanted.devOptional || (wanted.dev && !dev);
    },
  );
}

function isGenerated() {
  return existsSync(COMPILER) && read(CLIENT_STAMP) === schemaHash();
}

function schemaHash() {
  const made = [read('prisma/schema.prisma'), read('prisma.config.ts'), read(LOCKFILE_STAMP)];
  return hashOf([...made, String(unpackCompiler)]);
}

function isBuilt() {
  return read(BUILD_STAMP) === sourcesHash();
}

function isWebBuilt() {
  return read(WEB_STAMP) === webHash();
}

function webHash() {
  const made = ['package-lock.json', 'index.html', 'vite.config.ts'].map(name => join(WEB, name));
  const sources = filesIn(join(WEB, 'src'), /./);
  return hashOf([...made, ...sources].flatMap(path => [path, read(path)]));
}

function sourcesHash() {
  const folders = ['src', 'jobs', 'bench', 'chaos', 'clients', 'prisma', 'test/harness'];
  const sources = folders.flatMap(folder => filesIn(folder, /\.(ts|json)$/));
  return hashOf([
    schemaHash(),
    read('tsconfig.json'),
    ...sources.flatMap(path => [path, read(path)]),
  ]);
}

function filesIn(folder, wanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'generated' ? [] : filesIn(path, wanted);
      return wanted.test(entry.name) ? [path] : [];
    });
}

function hashOf(texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text?.length ?? 'none'}:${text ?? ''}`);
  return hash.digest('hex');
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * If two starts run at once in one folder, the second waits and then finds everything done. Otherwise the
 * `npm ci` of one would empty node_modules while the other uses it. The lock of a dead process is ignored. If
 * two processes find it dead at the same moment, both work. That costs time, but the next start repairs any
 * damage, because each step starts from scratch and writes its stamp last.
 */
async function withLock(work) {
  const file = 'dist/.sahm-preparing';
  mkdirSync('dist', { recursive: true });
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(file, `${process.pid} ${hostname()}`, { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code === 'EACCES' || error.code === 'EROFS') {
        throw new StepFailed('Preparing', 'This user may not write here: start once as the owner.');
      }
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(file)) rmSync(file, { force: true });
    else {
      if (!waiting) console.log('Waiting for another start in this folder to finish preparing.');
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
  const removeLock = () => rmSync(file, { force: true });
  process.once('exit', removeLock);
  try {
    await work();
  } finally {
    removeLock();
    process.off('exit', removeLock);
  }
}

function isAbandoned(file) {
  const [pid, host] = (read(file) ?? '').split(' ');
  if (pid && host === hostname()) {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch (error) {
      return error.code === 'ESRCH';
    }
  }
  // Its process is in another container, or the file was only just created. No preparation takes this long.
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > 600_000;
}
