// What the service wrote into the page: the operator's branding, and the zone that its months are counted in.

export interface LegalText {
  id: string;
  title: string;
}

export interface PageData {
  name: string;
  tagline: string | null;
  /** The logo's address, where there is one. */
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

/** By language: the reader may change it without loading the page again. */
export function pageData(language: string): PageData {
  const text = document.getElementById('page-data')?.textContent;
  if (!text) return NOTHING;
  const byLanguage: Record<string, PageData> = JSON.parse(text);
  return byLanguage[language] ?? NOTHING;
}

/** For styles that are made while the page runs. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
}
