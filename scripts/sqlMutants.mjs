// `npm run mutants:sql`, or `npm run mutants:sql -- sahm_extend sahm_hold_any:3`: plants each variant of sqlVariants.mjs in
// the template database of the tests, one at a time, and runs the test files that should notice it. One that survives is
// a missing test, or does the same as the function.

import '../test/harness/typescriptLoader.mjs';
import { spawnSync } from 'node:child_process';
import { prepare } from './prepare.mjs';
import { VARIANTS } from './sqlVariants.mjs';
import { VM_MODULES } from './steps.mjs';

const asked = process.argv.slice(2);
const counted = {};
const all = VARIANTS.flatMap(({ name, tests, variants }) =>
  variants.map(([from, to, same]) => {
    counted[name] = (counted[name] ?? 0) + 1;
    return { name, id: `${name}:${counted[name]}`, tests, from, to, same };
  }),
);
const isAsked = ({ name, id }) => asked.length === 0 || asked.includes(name) || asked.includes(id);
const chosen = all.filter(isAsked);
if (chosen.length === 0) {
  console.error('usage: npm run mutants:sql -- [FUNCTION | FUNCTION:NUMBER]…');
  process.exit(2);
}

// Both databases run the same functions. PostgreSQL also runs what needs several connections.
const { TEMPLATE_VARIABLE, prepareTemplate, removeTemplate } = await import(
  '../test/harness/templateDatabase.ts'
);
const { plantFault } = await import('../test/harness/plantedFault.ts');
const { Client } = (await import('pg')).default;

process.env.TEST_DATABASE = 'postgres';
await prepare({ dev: true });
await prepareTemplate();
const survivors = [];
try {
  // A file that fails by itself would seem to find everything.
  const broken = firstFailed([...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (broken) throw new Error(`without any variant: ${broken}`);
  for (const variant of chosen) {
    const takeBack = await plantFault(onTemplate, variant);
    const failed = firstFailed(variant.tests);
    await takeBack();
    if (!failed) survivors.push(variant);
    console.log(`${variant.id} ${failed ?? 'SURVIVES'}`);
  }
} finally {
  await removeTemplate();
}
for (const { name } of new Map(chosen.map(one => [one.name, one])).values()) {
  const of = chosen.filter(one => one.name === name);
  const left = survivors.filter(one => one.name === name);
  console.log(`${name}: ${of.length - left.length} of ${of.length} found`);
  for (const { id, from, to, same } of left) {
    console.log(`  ${id}: ${from}\n  -> ${to}${same ? `\n  does the same: ${same}` : ''}`);
  }
}
console.log(`${chosen.length - survivors.length} of ${chosen.length} found`);

/** Closes its connection: a template with connections cannot be cloned. */
async function onTemplate(sql) {
  const client = new Client({ connectionString: process.env[TEMPLATE_VARIABLE] });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The first test that fails, of the first file with any. */
function firstFailed(tests) {
  const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', 'integration postgres'];
  const how = ['--maxWorkers=1', '--bail', '--silent', '--testNamePattern=^(?!the property finds)'];
  for (const test of tests) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [...jest, ...how, `test/integration/${test}.test.ts`],
      {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        env: {
          ...process.env,
          NODE_ENV: 'test',
          NODE_OPTIONS: VM_MODULES,
          LEDGER_SEED: '1',
          PROPERTY_SEED: '1',
          PROPERTY_RUNS: '60',
          HISTORIES: '10',
        },
      },
    );
    if (status !== 0) return `${test}: ${/● (.*)/.exec(stderr)?.[1] ?? 'no test ran'}`;
  }
  return undefined;
}
