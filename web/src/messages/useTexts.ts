// `const t = useTexts('home')`, then `t('title')` or `t('models', { count: 3 })`.

import { use } from 'react';
import type { Files, Plural } from './files.js';
import { useLanguage } from './language.js';
import { loadTexts } from './load.js';
import { say } from './say.js';

type Placeholders<Said extends string> = Said extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type NamesIn<Said> = Said extends string
  ? Placeholders<Said>
  : Said extends Plural
    ? Placeholders<Extract<Said[keyof Said], string>> | 'count'
    : never;
type ValuesOf<Said> = [NamesIn<Said>] extends [never]
  ? []
  : [values: { [Name in NamesIn<Said>]: Name extends 'count' ? number : string | number }];

export type Say<File extends keyof Files> = <Key extends keyof Files[File] & string>(
  key: Key,
  ...values: ValuesOf<Files[File][Key]>
) => string;

/** The component waits until the texts are loaded. Until then a skeleton is shown. */
export function useTexts<File extends keyof Files>(file: File): Say<File> {
  const { code, locale } = useLanguage();
  const texts = use(loadTexts(code, file));
  return (key, ...values) => {
    const text = texts[key];
    if (text === undefined) throw new Error(`no text ${file}.${key} in ${code}`);
    return say(text, locale, ...values);
  };
}
