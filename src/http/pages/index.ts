// Serves the pages: one HTML for all addresses, built files that never change, and the operator's own.

import { randomBytes } from 'node:crypto';
import { stringifySetCookie } from 'cookie';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Branding } from '../../domain/branding.js';
import { type Language, languageOfTag } from '../../domain/language.js';
import { languageOf } from '../../i18n/language.js';
import { cookieOf } from '../kernel/credentials.js';
import { newRouter } from '../kernel/router.js';
import { serveAssets } from './assets.js';
import { createHtml, LOGO_PATH, type PagesDeps } from './html.js';
import { isForPrograms, isPage } from './paths.js';

export type { PagesDeps } from './html.js';

const LANGUAGE_COOKIE = 'sahm_lang';
const REMEMBERED_SECONDS = 31_536_000;
const LEGAL_PATH = /^\/pages\/legal\/([^/]+)$/;

export interface Pages {
  /** Mounted before the routes of programs. Requests that are not for a page pass through. */
  routes: Router;
  /** For unknown paths: browsers get a page that says so. */
  notFound: RequestHandler;
}

export function createPages(deps: PagesDeps): Pages {
  const { branding, folder } = deps;
  const legal = branding.legal.map(({ id }) => id);
  const html = createHtml(deps);
  const send = (request: Request, response: Response, status: number) => {
    const nonce = randomBytes(16).toString('base64');
    const language = chooseLanguage(request, response);
    response.status(status).set({
      'Content-Security-Policy': policyOf(nonce),
      'X-Content-Type-Options': 'nosniff',
      // The address of a mailed link gives access like a key, so it must not reach other sites.
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(self)',
      'Cache-Control': 'no-store',
      'Content-Language': language,
    });
    response.vary('Accept').vary('Accept-Language').vary('Cookie');
    response.type('html').send(html(language, nonce));
  };
  const routes = newRouter();
  routes.use('/assets', serveAssets(folder));
  routes.use((request, response, next) => {
    if (!isReading(request)) return next();
    const text = branding.legal.find(({ id }) => id === LEGAL_PATH.exec(request.path)?.[1]);
    if (text) sendLegalText(request, response, text);
    else if (request.path === LOGO_PATH && branding.logo) sendLogo(response, branding.logo);
    // A client that accepts anything gets the page. One that prefers JSON does not.
    else if (isPage(request.path, legal) && request.accepts(['html', 'json']) === 'html') {
      send(request, response, 200);
    } else next();
  });
  return {
    routes,
    notFound(request, response, next) {
      const isBrowser = /\btext\/html\b/.test(request.headers.accept ?? '');
      if (isReading(request) && isBrowser && !isForPrograms(request.path)) {
        send(request, response, 404);
      } else next();
    },
  };
}

function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The language of `?lang`, which is remembered; else the remembered one; else the browser's. */
function chooseLanguage(request: Request, response: Response): Language {
  const asked = languageOfTag(String(request.query.lang ?? ''));
  if (asked) {
    const cookie = {
      name: LANGUAGE_COOKIE,
      value: asked,
      path: '/',
      maxAge: REMEMBERED_SECONDS,
      sameSite: 'lax',
    } as const;
    response.setHeader('Set-Cookie', stringifySetCookie(cookie));
    return asked;
  }
  const remembered = languageOfTag(cookieOf(request, LANGUAGE_COOKIE));
  return remembered ?? languageOf(request.headers['accept-language'], 'en');
}

function policyOf(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}

function sendLegalText(
  request: Request,
  response: Response,
  { text }: Branding['legal'][number],
): void {
  const language = languageOfTag(String(request.query.lang ?? '')) ?? 'en';
  response.set({ 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' });
  response.type('text/markdown; charset=utf-8').send(text[language]);
}

/** The headers disable scripts, which an SVG picture may contain. */
function sendLogo(response: Response, path: string): void {
  response.set({
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  });
  response.sendFile(path, { cacheControl: false, dotfiles: 'allow' });
}
