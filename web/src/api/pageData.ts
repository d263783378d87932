// The data that the service wrote into the page: the operator's branding, and the time zone of its months.

export interface LegalText {
  id: string;
  title: string;
}

export interface PageData {
  name: string;
  tagline: string | null;
  /** The logo's address, if there is one. */
  logo: string | null;
  /** `#2f6f5e` */
  accent: string | null;
  contact: { email: string | null; website: string | null; telegram: string | null };
  legal: LegalText[];
  timeZone: string;
}

const NOTHING: PageData = {
  name: 'Sahm',
  tagline: null,
  logo: null,
  accent: null,
  contact: { email: null, website: null, telegram: null },
  legal: [],
  timeZone: 'UTC',
};

/** The data for a language, because the reader may change it without loading the page again. */
export function pageData(language: string): PageData {
  const text = document.getElementById('page-data')?.textContent;
  if (!text) return NOTHING;
  const byLanguage: Record<string, PageData> = JSON.parse(text);
  return byLanguage[language] ?? NOTHING;
}

/** The nonce for styles that scripts add. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
}
