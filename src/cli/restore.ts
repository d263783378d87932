import type { Command } from 'commander';

/** Runs on the machine without the service, like all commands that need the database itself. */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore <file>')
    .description(
      'bring a backup into the empty database of DATABASE_URL or DATA_DIR; no server runs',
    )
    .action(async file => {
      const { restoreFile } = await import('../commands/restore.js');
      process.exitCode = await restoreFile(file);
    });
}
