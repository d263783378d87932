// The programs of docs/bots.md run as printed, and show the whole stream.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { findProgram } from '../harness/program.js';
import { type Service, startService } from '../harness/service.js';
import { type DebianPackage, testWhere } from '../harness/testWhere.js';

/** How the program of each language is run, the package that has what runs it, and the name of its file. */
const PROGRAMS: {
  language: string;
  program: string;
  debianPackage: DebianPackage;
  file: string;
}[] = [
  { language: 'js', program: 'node', debianPackage: 'nodejs', file: 'stream.mjs' },
  { language: 'python', program: 'python3', debianPackage: 'python3', file: 'stream.py' },
  { language: 'php', program: 'php', debianPackage: 'php-cli', file: 'stream.php' },
  {
    language: 'java',
    program: 'java',
    debianPackage: 'default-jdk-headless',
    file: 'ChatStream.java',
  },
];

let service: Service;
let key: string;
let folder: string;
beforeAll(async () => {
  service = await startService({ faults: ['stream-error-2', 'length'] });
  ({ key } = await service.issue('pro'));
  folder = await mkdtemp(join(tmpdir(), 'sahm-bots-'));
  const guide = await readFile('docs/bots.md', 'utf8');
  for (const { language, file } of PROGRAMS) {
    // The last one of a language: the first of JavaScript reads an image.
    const blocks = [
      ...guide.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)\n\`\`\`$`, 'gm')),
    ];
    await writeFile(join(folder, file), blocks.at(-1)?.[1] ?? '');
  }
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

interface Ran {
  code: number;
  shown: string;
}

function run(program: string, file: string, env: Record<string, string>): Promise<Ran> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const all = { ...inherited, SAHM_URL: service.url, SAHM_KEY: key, ...env };
  return new Promise(resolve => {
    execFile(program, [join(folder, file)], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, shown: stdout + stderr });
    });
  });
}

describe.each(PROGRAMS)('the reader in $language', ({ program, debianPackage, file }) => {
  const testProgram = testWhere(findProgram(program) !== undefined, debianPackage);

  testProgram('shows the whole reply and what is left', async () => {
    const { code, shown } = await run(program, file, {});
    expect(shown).toMatch(/^\[sandbox\] You said: (سلام|Hello)\s+left: \d+\s*$/);
    expect(code).toBe(0);
  });

  testProgram('tells of a stream that fails in the middle, by its code', async () => {
    const { shown } = await run(program, file, { SAHM_MODEL: 'fault/stream-error-2' });
    expect(shown).toContain('upstream_');
    expect(shown).not.toContain('left:');
  });

  testProgram('tells of a refusal before the stream', async () => {
    const { shown } = await run(program, file, { SAHM_KEY: 'no key' });
    expect(shown).toContain('License key نامعتبر است');
  });

  testProgram('reads a reply that was cut', async () => {
    const { code, shown } = await run(program, file, { SAHM_MODEL: 'fault/length' });
    expect(shown).toMatch(/left: \d+/);
    expect(code).toBe(0);
  });
});
