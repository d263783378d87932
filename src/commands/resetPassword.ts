// `sahm admin reset-password EMAIL`: for an administrator who lost the password, or whom other people's
// guesses keep out. Anybody who can read the machine's configuration may use it.

import { EXPECTED_PASSWORD, EXPECTED_UNGUESSABLE } from '../domain/password.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { runCommand } from './run.js';

const RULES = `A password is a ${EXPECTED_PASSWORD}, and ${EXPECTED_UNGUESSABLE}.`;
const WHERE_LOCKED = 'The embedded database belongs to the running server: stop it first.';

/** `ask` returns the new password; if it is empty, one is made up. */
export function resetPassword(
  email: string,
  ask: () => Promise<string>,
  how: { removeSecondFactor: boolean },
): Promise<ExitCode> {
  return runCommand(async ({ admin: { administrators } }) => {
    const emails = (await administrators.list()).map(one => one.email);
    if (!emails.includes(email.toLowerCase())) {
      const known = emails.length > 0 ? `There are: ${emails.join(', ')}` : 'There is none.';
      console.error(`There is no administrator ${email} in this database. ${known}`);
      return EXIT.notFound;
    }
    const reset = await administrators.resetPassword(email, (await ask()) || undefined, how);
    if (reset.kind === 'refusal') {
      console.error(`${RULES} Nothing was changed.`);
      return EXIT.couldNotRun;
    }
    console.log(`New password of ${reset.email}: ${reset.password ?? 'as you typed it'}`);
    console.log('Sessions and API tokens of this administrator have ended.');
    if (reset.hasSecondFactor) {
      console.log('A code of the app is still asked for; --remove-second-factor ends that too.');
    }
    if (how.removeSecondFactor) console.log('No second factor is asked for any more.');
    if (reset.isDisabled) console.log('The administrator is disabled: an owner can enable it.');
    return EXIT.done;
  }, WHERE_LOCKED);
}
