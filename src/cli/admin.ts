import type { Command } from 'commander';
import { readPassword } from './readPassword.js';

const QUESTION = 'New password (empty: one is made up and shown once): ';

/** Commands that run on the machine itself, without the service and without signing in. */
export function addAdminCommands(program: Command): void {
  const admin = program.command('admin').description('administrators, on the machine itself');
  admin
    .command('reset-password <email>')
    .description(
      'set a new password in the database of DATABASE_URL or DATA_DIR (embedded: no server runs); ends sessions and API tokens, lifts the limits on signing in',
    )
    .option('--remove-second-factor', 'also switch off the second factor, for who lost the app')
    .action(async (email, { removeSecondFactor = false }) => {
      const { resetPassword } = await import('../commands/resetPassword.js');
      process.exitCode = await resetPassword(email, () => readPassword(QUESTION), {
        removeSecondFactor,
      });
    });
}
