// TeX as MathML, which browsers draw by themselves. Loaded when the first formula is there.

import DOMPurify from 'dompurify';
import { renderToString } from 'katex';

const STYLE = / style="[^"]*"/g;

/** HTML; null where it is no TeX that is understood. */
export function mathOf(tex: string, isDisplayed: boolean): string | null {
  try {
    const html = renderToString(tex, {
      output: 'mathml',
      displayMode: isDisplayed,
      throwOnError: true,
      trust: false,
      strict: false,
      maxSize: 20,
      maxExpand: 200,
    });
    // The policy of the pages refuses styles in HTML, and the browser would report each.
    return DOMPurify.sanitize(html.replace(STYLE, ''), {
      USE_PROFILES: { mathMl: true, html: true },
      FORBID_ATTR: ['style'],
      ADD_TAGS: ['semantics', 'annotation'],
    });
  } catch {
    return null;
  }
}
