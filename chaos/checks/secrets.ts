// Checks that no log contains keys, secrets, or what customers write.

import { basename } from 'node:path';
import { type Evidence, readText } from '../evidence.js';
import { PROMPT_MARK } from '../load.js';
import type { Finding } from './finding.js';

export async function checkSecrets({ logFiles, secrets, history }: Evidence): Promise<Finding[]> {
  const broken: string[] = [];
  let lines = 0;
  for (const file of logFiles) {
    const text = await readText(file);
    lines += text.split('\n').length - 1;
    for (const [name, secret] of secrets) {
      if (text.includes(secret)) broken.push(`${basename(file)}: has ${name}`);
    }
    if (text.includes(PROMPT_MARK)) broken.push(`${basename(file)}: has what a customer wrote`);
  }
  return [
    {
      promise: `no key, secret or prompt is in a log (${secrets.size} of them looked for)`,
      checked: lines,
      broken,
    },
    {
      promise: 'no refusal repeats a key',
      checked: history.calls.length,
      broken: history.keysRepeated,
    },
  ];
}
