// `sahm admin reset-password EMAIL`: the way in for who has lost a password, or whom others' guesses keep
// out. Whoever may read the configuration of the machine may use it.

import { loadConfig } from './config.js';
import { buildDeps } from './deps.js';

const DONE = 0;
const UNUSABLE = 2;
const UNKNOWN = 4;

/** `ask` gives the new password; empty: one is made up. Gives the exit code. */
export async function resetPassword(email: string, ask: () => Promise<string>): Promise<number> {
  try {
    const deps = await buildDeps(loadConfig());
    try {
      const { administrators } = deps.admin;
      const emails = (await administrators.list()).map(one => one.email);
      if (!emails.includes(email.toLowerCase())) {
        const known = emails.length > 0 ? `There are: ${emails.join(', ')}` : 'There is none.';
        console.error(`There is no administrator ${email} in this database. ${known}`);
        return UNKNOWN;
      }
      const reset = await administrators.resetPassword(email, (await ask()) || undefined);
      if (reset.kind === 'refusal') {
        console.error('A password has 12 to 1024 characters. Nothing was changed.');
        return UNUSABLE;
      }
      console.log(`New password of ${reset.email}: ${reset.password ?? 'as you typed it'}`);
      console.log('Sessions and API tokens of this administrator have ended.');
      if (reset.isDisabled) console.log('The administrator is disabled: an owner can enable it.');
      return DONE;
    } finally {
      await deps.close();
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof Error && error.name === 'DirectoryLockedError') {
      console.error('The embedded database belongs to the running server: stop it first.');
    }
    return UNUSABLE;
  }
}
