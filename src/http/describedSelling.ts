// What the OpenAPI document says of shops' webhooks and of what buyers do.

import { z } from 'zod';
import type { RouteDescription } from './endpoint.js';
import { WEBHOOK_PATHS } from './webhooks.js';
import {
  checkoutAnswer,
  claimedAnswer,
  keyAnswer,
  linkAnswer,
  receivedAnswer,
  sentAnswer,
  signedInAnswer,
} from './wire.js';

const HTML = { mediaType: 'text/html' };
const email = z.email();

const webhooks = Object.values(WEBHOOK_PATHS).map(
  (path): RouteDescription => ({
    method: 'post',
    path,
    summary: 'A signed report of a shop',
    access: 'public',
    body: z.looseObject({}),
    answers: { 200: receivedAnswer },
  }),
);

export const SELLING_ROUTES: RouteDescription[] = [
  ...webhooks,
  {
    method: 'post',
    path: '/api/checkout',
    summary: 'Begins a checkout of a product; with a key, for its license',
    access: 'public',
    body: z.strictObject({ product: z.string(), email: email.optional() }),
    answers: { 201: checkoutAnswer },
  },
  {
    method: 'post',
    path: '/api/license/billing-portal',
    summary: 'Where the buyer manages subscriptions',
    access: 'holder',
    answers: { 200: linkAnswer },
  },
  {
    method: 'get',
    path: '/claim/{token}',
    summary: 'The page behind a claim link; it changes nothing',
    access: 'public',
    answers: { 200: HTML },
  },
  {
    method: 'post',
    path: '/claim/{token}',
    summary: 'The license and its key, once',
    access: 'public',
    answers: { 200: claimedAnswer },
  },
  {
    method: 'post',
    path: '/api/sign-in',
    summary: 'Mails a link to sign in with; says the same for every address',
    access: 'public',
    body: z.strictObject({ email }),
    answers: { 202: sentAnswer },
  },
  {
    method: 'delete',
    path: '/api/sign-in',
    summary: 'Signs out',
    access: 'public',
    answers: { 200: signedInAnswer },
  },
  {
    method: 'get',
    path: '/sign-in/{token}',
    summary: 'The page behind a sign-in link; it changes nothing',
    access: 'public',
    answers: { 200: HTML },
  },
  {
    method: 'post',
    path: '/api/sign-in/{token}',
    summary: 'Signs in; sets a session cookie',
    access: 'public',
    answers: { 200: signedInAnswer },
  },
  {
    method: 'post',
    path: '/api/license/reveal',
    summary: 'The key read again, for the session of the cookie',
    access: 'public',
    body: z.strictObject({ license: z.string().optional() }),
    answers: { 200: keyAnswer },
  },
];
