// Builds the package, as ES modules and as CommonJS: `node sdk/js/build.mjs`, then `npm pack ./sdk/js`. Another folder
// than `dist` may be named.

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pathOf = name => fileURLToPath(new URL(name, import.meta.url));
const TSC = pathOf('../../node_modules/typescript/bin/tsc');

const folder = process.argv[2] ?? pathOf('dist');
rmSync(folder, { recursive: true, force: true });
compile('tsconfig.json', join(folder, 'esm'));
compile('tsconfig.cjs.json', join(folder, 'cjs'));
// The package itself says that its files are ES modules; these are not.
writeFileSync(join(folder, 'cjs/package.json'), '{ "type": "commonjs" }\n');

function compile(config, outDir) {
  const args = [TSC, '--project', pathOf(config), '--outDir', outDir, '--pretty', 'false'];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
