// `sahm receipt verify FILE --key KEYS`.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXIT } from '../../commands/exitCodes.js';
import { CliError, wrongUsage } from '../errors.js';
import type { Tools } from '../tools.js';
import { readPublicKeys } from './keys.js';
import { FAULTS, verifyFile } from './verify.js';

export function addReceiptCommand(program: Command, tools: Tools): void {
  program
    .command('receipt')
    .description('receipts of requests and statements of months')
    .command('verify <file>')
    .description(
      'check the signature of a receipt or a statement (JSON) without the service and without a network; exit 1 where it is not what was signed',
    )
    .requiredOption(
      '--key <file>',
      'the public keys: the answer of /.well-known/jwks.json, kept from when you trusted it, or a PEM file',
    )
    .action(async (file: string, { key }: { key: string }) => {
      const keys = readPublicKeys(await textOf(key));
      if (!keys) throw wrongUsage(`${key} has no public key of Ed25519`);
      const verdict = verifyFile(await textOf(file), keys);
      if (verdict.kind === 'invalid') {
        throw new CliError(verdict.fault, FAULTS[verdict.fault], EXIT.notWell);
      }
      const { what, keyId, content } = verdict;
      if (program.opts().json === true) {
        console.log(JSON.stringify({ valid: true, key_id: keyId, [what]: content }, null, 2));
        return;
      }
      console.log(`The signature is right: this ${what} is what was signed with the key ${keyId}.`);
      tools.show(content, { noun: what, isAboutOne: true, filters: [] });
    });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrongUsage((error as Error).message);
  }
}
