// What a mailed link opens: one button. Mail scanners open links too, and a link works once; so opening
// it changes nothing.

import type { Response } from 'express';

/** `frame-ancestors`: no other page can lay its own over the button. */
const POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'";
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function isLinkToken(token: string): boolean {
  return TOKEN.test(token);
}

/** `action`: where the button posts to. */
export function sendLinkPage(response: Response, title: string, action: string): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  response.type('html').send(`<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sahm</title>
<form method="post" action="${action}"><button>${title}</button></form>
`);
}
