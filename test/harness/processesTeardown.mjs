import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export default async function processesTeardown() {
  const template = process.env.SAHM_TEST_EMBEDDED;
  if (template) await rm(dirname(template), { recursive: true, force: true });
}
