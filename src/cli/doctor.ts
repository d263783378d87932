import type { Command } from 'commander';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'try everything that can be configured wrongly, on the machine itself and with the environment of the service; exit 1 where something is to be fixed',
    )
    .action(async () => {
      const { runDoctor } = await import('../commands/doctor.js');
      process.exitCode = await runDoctor(program.opts().json === true);
    });
}
