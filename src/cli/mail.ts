import type { Command } from 'commander';
import { LANGUAGES } from '../domain/language.js';

/** Commands that run on the machine itself, without the service. */
export function addMailCommands(program: Command): void {
  const mail = program.command('mail').description('the mails that buyers and operators get');
  mail
    .command('preview [kind]')
    .description('show each mail, or all of one kind, made of sample data; sends nothing')
    .option('--language <language>', `${LANGUAGES.join(', ')}; all if none is named`)
    .option('--html', 'print the HTML in place of the text')
    .option('--to <folder>', 'write each mail there, as text and as HTML')
    .action(async (kind, options) => {
      const { previewMails } = await import('../commands/previewMails.js');
      process.exitCode = await previewMails(kind, options);
    });
}
