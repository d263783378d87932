// What an operator makes of the pages: a name, colours, where to ask, the texts that the law wants.

import type { LocalizedText } from './language.js';

export interface LegalText {
  /** In its address: `/legal/terms`. */
  id: string;
  title: LocalizedText;
  /** Markdown. */
  text: LocalizedText;
}

export interface Branding {
  name: LocalizedText;
  tagline: LocalizedText | null;
  /** `#0f766e`; null: the pages' own. */
  accent: string | null;
  /** The path of the file. */
  logo: string | null;
  contact: { email: string | null; website: string | null; telegram: string | null };
  legal: LegalText[];
}

export const OWN_BRANDING: Branding = {
  name: { fa: 'سهم', en: 'Sahm', 'zh-TW': 'Sahm' },
  tagline: null,
  accent: null,
  logo: null,
  contact: { email: null, website: null, telegram: null },
  legal: [],
};
