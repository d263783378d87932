// Which addresses of a text may be followed or shown.

import { expect, test } from '@jest/globals';
import { safeLink, safePicture } from '../../web/src/ui/markdown/addresses.js';
import { HOSTILE_ADDRESSES, HOSTILE_TEXTS } from './hostileTexts.js';

test('there are two hundred hostile texts, each once', () => {
  expect(HOSTILE_TEXTS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(HOSTILE_TEXTS).size).toBe(HOSTILE_TEXTS.length);
});

test.each(HOSTILE_ADDRESSES)('not a link and not a picture: %j', address => {
  expect(safeLink(address)?.match(/^(?!https?:)/)).toBeFalsy();
  expect(safePicture(address)).toBe(null);
  expect(safeLink(address, true)?.match(/^(?!https?:|\/(?![/\\])|#)/)).toBeFalsy();
});

test.each(['https://example.com/a?b#c', 'http://example.com', 'mailto:a@example.com'])(
  'a link: %s',
  address => {
    expect(safeLink(address)).toBe(address);
  },
);

test('an address within the pages is a link only in a text of ours', () => {
  expect(safeLink('/docs/models')).toBe(null);
  expect(safeLink('/docs/models', true)).toBe('/docs/models');
  expect(safeLink('#errors', true)).toBe('#errors');
  expect(safePicture('https://example.com/a.png')).toBe(null);
  expect(safePicture('data:image/png;base64,iVBORw0KGgo=')).toBe(
    'data:image/png;base64,iVBORw0KGgo=',
  );
});
