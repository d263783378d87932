// Loads the texts of one file in one language, once.

import type { Files, Text } from './files.js';

const files = import.meta.glob<Record<string, Text>>(['./*/*.ts', '!./*/language.ts'], {
  import: 'default',
});
const loaded = new Map<string, Promise<Record<string, Text>>>();

/** Returns the same promise each time, so that a component can wait for it. */
export function loadTexts(language: string, file: keyof Files): Promise<Record<string, Text>> {
  const path = `./${language}/${file}.ts`;
  const load = files[path];
  if (!load) throw new Error(`no texts: ${path}`);
  const texts = loaded.get(path) ?? load();
  loaded.set(path, texts);
  return texts;
}
