// Reads the folder `branding` of the catalogue, if there is one: `branding.json`, a logo, legal texts.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type Branding, OWN_BRANDING } from '../domain/branding.js';
import { LANGUAGES, type LocalizedText } from '../domain/language.js';
import { CatalogError, lineOf, readJson } from './load.js';
import type { CatalogFault } from './relations.js';
import { localizedText } from './schema.js';

const FOLDER = 'branding';
const FILE = `${FOLDER}/branding.json`;

const contactSchema = z
  .strictObject({
    email: z.email('must be an e-mail address').nullable().default(null),
    website: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .nullable()
      .default(null),
    telegram: z
      .string()
      .regex(/^@?\w{4,32}$/, 'must be a name on Telegram, as @shop')
      .nullable()
      .default(null),
  })
  .prefault({});

const brandingSchema = z.strictObject({
  $comment: z.string().optional(),
  name: localizedText.default(OWN_BRANDING.name),
  tagline: localizedText.nullable().default(null),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour like "#0f766e"')
    .nullable()
    .default(null),
  logo: z
    .string()
    .regex(/\.(svg|png|webp)$/, 'must be an svg, png or webp file')
    .nullable()
    .default(null),
  contact: contactSchema,
  legal: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and hyphens'),
        title: localizedText,
        /** The names of Markdown files. */
        files: localizedText,
      }),
    )
    .default([]),
});

/** @throws {CatalogError} with every fault. */
export async function loadBranding(directory: string): Promise<Branding> {
  const folder = join(directory, FOLDER);
  if (!existsSync(folder)) return OWN_BRANDING;
  const json = await readJson(join(directory, FILE));
  const faults: CatalogFault[] = [];
  const fault = (path: string, what: string) => faults.push({ file: FILE, path, what });
  const parsed = brandingSchema.safeParse('value' in json ? json.value : {});
  if ('fault' in json) fault('', json.fault);
  for (const issue of parsed.error?.issues ?? []) {
    fault(z.core.toDotPath(issue.path), issue.message);
  }
  if (!parsed.success || faults.length > 0) throw new CatalogError(directory, faults.map(lineOf));

  const readText = async (name: string, path: string): Promise<string> => {
    if (name !== basename(name)) fault(path, 'must be a file of this folder');
    else {
      try {
        return await readFile(join(folder, name), 'utf8');
      } catch {
        fault(path, `${name} cannot be read`);
      }
    }
    return '';
  };
  const { logo, legal, $comment: _, ...rest } = parsed.data;
  if (logo !== null) await readText(logo, 'logo');
  const texts: Branding['legal'] = [];
  for (const [index, { id, title, files }] of legal.entries()) {
    const text: LocalizedText = { ...files };
    for (const language of LANGUAGES) {
      text[language] = await readText(files[language], `legal[${index}].files.${language}`);
    }
    texts.push({ id, title, text });
  }
  if (faults.length > 0) throw new CatalogError(directory, faults.map(lineOf));
  return { ...rest, logo: logo === null ? null : join(folder, logo), legal: texts };
}
