// What the samples say is what the service does.

import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';

test('a container and systemd start the service with the same flags as npm start, without a shell between', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  const dockerfile = await readFile('docs/samples/Dockerfile', 'utf8');
  const unit = await readFile('docs/samples/sahm.service', 'utf8');
  const [, command = '[]'] = /^CMD (.*)$/m.exec(dockerfile) ?? [];
  expect(`exec ${JSON.parse(command).join(' ')}`).toBe(scripts.start);
  const [, started] = /^ExecStart=\/usr\/bin\/(.*)$/m.exec(unit) ?? [];
  expect(`exec ${started}`).toBe(scripts.start);
});
