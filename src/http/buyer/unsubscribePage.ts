// The page behind a mail's link that switches mails of its kind off: one button, and afterwards a confirmation.

import type { Request, Response } from 'express';
import { DIRECTIONS, type Language } from '../../domain/language.js';
import type { OptionalMailKind } from '../../domain/notice.js';
import { languageOf } from '../../i18n/language.js';
import { UNSUBSCRIBE_TEXTS } from '../../i18n/unsubscribe.js';

/** `frame-ancestors` keeps other pages from showing this one in a frame and tricking people into a click. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

export function sendUnsubscribePage(
  request: Request,
  response: Response,
  about: { kind: OptionalMailKind; language: Language | null; isDone: boolean },
): void {
  const told = languageOf(request.headers['accept-language'], null);
  const language = about.language ?? told ?? 'fa';
  const { title, kinds, question, button, done } = UNSUBSCRIBE_TEXTS[language];
  const kind = kinds[about.kind];
  // Without an action the form is posted to the address of the page itself.
  const content = about.isDone
    ? `<p role="status">${done(kind)}</p>`
    : `<p>${question(kind)}</p><form method="post"><button>${button}</button></form>`;
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  response.type('html').send(`<!doctype html>
<html lang="${language}" dir="${DIRECTIONS[language]}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<body style="max-width:32rem;margin:3rem auto;padding:0 1rem;font:1.1rem/1.8 Vazirmatn,Tahoma,'Noto Sans TC',sans-serif">
${content}
</body></html>
`);
}
