// Converts TeX to MathML, which browsers can draw. Loaded with the first formula.

import DOMPurify from 'dompurify';
import { renderToString } from 'katex';

const STYLE = / style="[^"]*"/g;

/** HTML; null if the TeX cannot be read. */
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
    // The pages' content security policy refuses inline styles, and the browser would report each.
    return DOMPurify.sanitize(html.replace(STYLE, ''), {
      USE_PROFILES: { mathMl: true, html: true },
      FORBID_ATTR: ['style'],
      ADD_TAGS: ['semantics', 'annotation'],
    });
  } catch {
    return null;
  }
}
