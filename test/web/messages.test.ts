// The texts of the pages: all there, all used, all translated. Each rule is shown to catch a sample.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

type Text = string | Record<string, string>;
type File = Record<string, Text>;
/** By language, then by file. */
type Messages = Record<string, Record<string, File>>;

const FOLDER = 'web/src/messages';
const SOURCE = 'en';
/** The letters that a text of the language has at least one of. */
const SCRIPTS: Record<string, RegExp> = {
  fa: /\p{Script=Arabic}/u,
  'zh-TW': /\p{Script=Han}/u,
};

async function readMessages(): Promise<Messages> {
  const messages: Messages = {};
  for (const entry of readdirSync(FOLDER, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const files: Record<string, File> = {};
    for (const name of readdirSync(join(FOLDER, entry.name))) {
      if (name === 'language.ts') continue;
      const path = pathToFileURL(resolve(FOLDER, entry.name, name)).href;
      files[name.replace(/\.ts$/, '')] = (await import(path)).default;
    }
    messages[entry.name] = files;
  }
  return messages;
}

function formsOf(text: Text): string[] {
  return typeof text === 'string' ? [text] : Object.values(text);
}

function placeholdersOf(text: Text): string[] {
  const found = formsOf(text).flatMap(form => form.match(/\{\w+\}/g) ?? []);
  return [...new Set(found)].sort();
}

function faultsOf(messages: Messages): string[] {
  const source = messages[SOURCE] ?? {};
  return Object.entries(messages).flatMap(([language, files]) => {
    if (language === SOURCE) return [];
    const extra = Object.keys(files).filter(file => !(file in source));
    return [
      ...extra.map(file => `${language}/${file}: there is no such file in ${SOURCE}`),
      ...Object.entries(source).flatMap(([file, texts]) =>
        fileFaults(`${language}/${file}`, texts, files[file] ?? {}, SCRIPTS[language]),
      ),
    ];
  });
}

function fileFaults(name: string, source: File, told: File, script: RegExp | undefined): string[] {
  const extra = Object.keys(told).filter(key => !(key in source));
  return [
    ...extra.map(key => `${name}.${key}: there is no such text in ${SOURCE}`),
    ...Object.entries(source).flatMap(([key, text]) => {
      const said = told[key];
      if (said === undefined) return [`${name}.${key}: is missing`];
      const faults: string[] = [];
      if (String(placeholdersOf(said)) !== String(placeholdersOf(text))) {
        faults.push(`${name}.${key}: has other placeholders`);
      }
      if (script && formsOf(said).some(form => !script.test(form))) {
        faults.push(`${name}.${key}: is not translated`);
      }
      return faults;
    }),
  ];
}

/** The texts that no source names: `t('key')`, or the key as a string of its own. */
function unusedOf(files: Record<string, File>, sources: string[]): string[] {
  return Object.entries(files).flatMap(([file, texts]) => {
    const users = sources.filter(source => source.includes(`useTexts('${file}')`));
    return Object.keys(texts)
      .filter(key => !users.some(source => source.includes(`'${key}'`)))
      .map(key => `${file}.${key}: nothing uses it`);
  });
}

function readSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => /\.tsx?$/.test(path) && !path.startsWith('messages'))
    .map(path => readFileSync(join(folder, path), 'utf8'));
}

test('every text is there in every language, with the same placeholders, and translated', async () => {
  const messages = await readMessages();
  expect(Object.keys(messages).sort()).toEqual(['en', 'fa', 'zh-TW']);
  expect(faultsOf(messages)).toEqual([]);
});

test('every text is used', async () => {
  const { en = {} } = await readMessages();
  expect(unusedOf(en, readSources('web/src'))).toEqual([]);
});

/** Buttons of Mantine's components that speak English unless they are told what to say. */
const SPEAKING = {
  PasswordInput: 'visibilityToggleButtonProps',
  Modal: 'closeButtonProps',
  Drawer: 'closeButtonProps',
};

/** The components that were not told, each with how its use begins. */
function untoldOf(sources: string[]): string[] {
  return Object.entries(SPEAKING).flatMap(([component, property]) =>
    sources
      .flatMap(source => source.match(new RegExp(`<${component}\\n[^]*?\\n\\s*/?>`, 'g')) ?? [])
      .filter(use => !use.includes(property) && !use.includes('withCloseButton={false}'))
      .map(use => `${use.slice(0, 60)}: no ${property}`),
  );
}

test('a button that a component brings along says its name in the language of the page', () => {
  const sources = readSources('web/src');
  expect(sources.join('').match(/<(PasswordInput|Modal|Drawer)\b/g)?.length).toBeGreaterThan(5);
  expect(untoldOf(sources)).toEqual([]);
  expect(untoldOf(['<Modal\n  opened\n>'])).toEqual(['<Modal\n  opened\n>: no closeButtonProps']);
});

test.each<[fault: string, told: File]>([
  ['fa/home.title: is missing', {}],
  ['fa/home.title: has other placeholders', { title: 'سلام' }],
  ['fa/home.title: is not translated', { title: 'Hello {name}' }],
  ['fa/home.other: there is no such text in en', { title: 'سلام {name}', other: 'دیگر' }],
])('caught: %s', (fault, home) => {
  const messages = { en: { home: { title: 'Hello {name}' } }, fa: { home } };
  expect(faultsOf(messages)).toEqual([fault]);
});

test('caught: a text that nothing uses', () => {
  const sources = [`const t = useTexts('home'); t('title');`, `t('other');`];
  expect(unusedOf({ home: { title: 'a', other: 'b' } }, sources)).toEqual([
    'home.other: nothing uses it',
  ]);
});
