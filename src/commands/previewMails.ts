// `sahm mail preview [KIND]`: every mail as it would be sent, made of sample data, on the machine itself and without
// the service. What an operator sets (the shop's name, the time zone, the names of plans) is in it.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../config.js';
import { loadMailSettings } from '../deps/mailing.js';
import { LANGUAGES, type Language, languageOfTag } from '../domain/language.js';
import {
  isSampleKind,
  SAMPLE_KINDS,
  type SampleSettings,
  sampleMail,
} from '../domain/mailSamples.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { tellFault } from './tellFault.js';

export interface PreviewOptions {
  language?: string | undefined;
  /** Prints the HTML in place of the text. */
  html?: boolean | undefined;
  /** A folder: each mail is written there as text and as HTML, and nothing is printed but the files. */
  to?: string | undefined;
}

export async function previewMails(
  kind: string | undefined,
  { language, html = false, to }: PreviewOptions,
  print: (text: string) => void = console.log,
  complain: (text: string) => void = console.error,
): Promise<ExitCode> {
  const kinds = kind === undefined ? SAMPLE_KINDS : [kind].filter(isSampleKind);
  if (kinds.length === 0) {
    complain(`There is no mail "${kind}". There are: ${SAMPLE_KINDS.join(', ')}`);
    return EXIT.couldNotRun;
  }
  const languages = languagesOf(language);
  if (languages === null) {
    complain(`There is no language "${language}". There are: ${LANGUAGES.join(', ')}`);
    return EXIT.couldNotRun;
  }
  const settings = await readSettings();
  if (settings === null) return EXIT.couldNotRun;
  if (to !== undefined) await mkdir(to, { recursive: true });
  for (const each of kinds) {
    for (const one of languages) {
      const mail = sampleMail(each, { email: 'buyer@example.com', language: one }, settings);
      if (to === undefined) {
        print(
          `=== ${each} ${one} ===\nSubject: ${mail.subject}\n\n${html ? mail.html : mail.text}`,
        );
        continue;
      }
      for (const [ending, content] of [
        ['txt', `${mail.subject}\n\n${mail.text}`],
        ['html', mail.html],
      ] as const) {
        const file = join(to, `${each}.${one}.${ending}`);
        await writeFile(file, content);
        print(file);
      }
    }
  }
  return EXIT.done;
}

/** Null if the configuration or the catalogue has faults, which are printed. */
async function readSettings(): Promise<SampleSettings | null> {
  try {
    return await loadMailSettings(loadConfig());
  } catch (error) {
    tellFault(error);
    return null;
  }
}

/** All if none is named; null for an unknown one. */
function languagesOf(tag: string | undefined): readonly Language[] | null {
  if (tag === undefined) return LANGUAGES;
  const language = languageOfTag(tag);
  return language === undefined ? null : [language];
}
