// Makes the page that a browser gets: the built page, with the data that only the service has.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Branding } from '../../domain/branding.js';
import { escaped } from '../../domain/html.js';
import { DIRECTIONS, LANGUAGES, type Language } from '../../domain/language.js';
import { PAGE_DESCRIPTION, PAGE_TITLE } from '../../i18n/pages.js';

export interface PagesDeps {
  /** The folder of the built pages. */
  folder: string;
  branding: Branding;
  /** The time zone of the quotas' months. */
  timeZone: string;
}

export const LOGO_PATH = '/pages/logo';

const NONCE = /__NONCE__/g;
/** Shown in development if the pages are not built. */
const NOT_BUILT =
  '<!doctype html><html lang="en" dir="ltr"><head><title>Sahm</title><!--head--></head><body>The pages are not built: npm start builds them.</body></html>';

export function createHtml(deps: PagesDeps): (language: Language, nonce: string) => string {
  let template: string | undefined;
  const head = headOf(deps);
  return (language, nonce) => {
    template ??= readTemplate(deps.folder);
    const { name } = deps.branding;
    // Functions, because `$` has a meaning in a replacement text.
    return template
      .replace('<html lang="en" dir="ltr">', () => openingTag(language))
      .replace(
        '<title>Sahm</title>',
        () => `<title>${escaped(`${name[language]} · ${PAGE_TITLE[language]}`)}</title>`,
      )
      .replace('<!--head-->', () => head[language])
      .replace(NONCE, nonce);
  };
}

function readTemplate(folder: string): string {
  try {
    return readFileSync(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOT_BUILT;
    throw error;
  }
}

function openingTag(language: Language): string {
  return `<html lang="${language}" dir="${DIRECTIONS[language]}">`;
}

function headOf(deps: PagesDeps): Record<Language, string> {
  // `<` could end the script element. JSON allows an escape for it.
  const data = JSON.stringify(dataOf(deps)).replaceAll('<', '\\u003c');
  const entries = LANGUAGES.map(language => [
    language,
    `<meta name="description" content="${escaped(PAGE_DESCRIPTION[language])}" />
    <script type="application/json" id="page-data" nonce="__NONCE__">${data}</script>`,
  ]);
  return Object.fromEntries(entries);
}

/** Has all languages, because a reader can switch without loading the page again. */
function dataOf({ branding, timeZone }: PagesDeps) {
  const { name, tagline, accent, logo, contact, legal } = branding;
  const entries = LANGUAGES.map(language => [
    language,
    {
      name: name[language],
      tagline: tagline?.[language] ?? null,
      logo: logo === null ? null : LOGO_PATH,
      accent,
      contact,
      legal: legal.map(({ id, title }) => ({ id, title: title[language] })),
      timeZone,
    },
  ]);
  return Object.fromEntries(entries);
}
