// The reader's language. The service chose it and wrote it into the page. The reader can choose another.

import { createContext, type ReactNode, use, useState, useTransition } from 'react';
import { loadTexts } from './load.js';

export interface Language {
  /** `zh-TW` */
  code: string;
  /** The language's own name for itself. */
  name: string;
  /** The locale for Intl, which also decides digits and the calendar. */
  locale: string;
  direction: 'ltr' | 'rtl';
}

const REMEMBERED_SECONDS = 31_536_000;

const found = import.meta.glob<Language>('./*/language.ts', { eager: true, import: 'default' });
export const LANGUAGES: Language[] = Object.values(found);

interface Chosen extends Language {
  choose(code: string): void;
}

const ChosenLanguage = createContext<Chosen | null>(null);

export function useLanguage(): Chosen {
  const chosen = use(ChosenLanguage);
  if (!chosen) throw new Error('outside of LanguageProvider');
  return chosen;
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [code, setCode] = useState(document.documentElement.lang);
  const [, startTransition] = useTransition();
  const language = languageOf(code);
  const choose = async (next: string) => {
    await loadTexts(next, 'ui');
    remember(languageOf(next));
    // The old texts stay until the new ones are loaded.
    startTransition(() => setCode(next));
  };
  return <ChosenLanguage value={{ ...language, choose }}>{children}</ChosenLanguage>;
}

function languageOf(code: string): Language {
  const language = LANGUAGES.find(each => each.code === code) ?? LANGUAGES[0];
  if (!language) throw new Error('no language');
  return language;
}

function remember({ code, direction }: Language): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `sahm_lang=${code}; Path=/; Max-Age=${REMEMBERED_SECONDS}; SameSite=Lax`;
  document.documentElement.lang = code;
  document.documentElement.dir = direction;
  const address = new URL(location.href);
  if (!address.searchParams.has('lang')) return;
  // Removed, because a reload would switch back to it.
  address.searchParams.delete('lang');
  history.replaceState(history.state, '', address);
}
