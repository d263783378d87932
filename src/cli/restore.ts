import type { Command } from 'commander';

/** Like all that needs the database itself, on the machine and without the service. */
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
