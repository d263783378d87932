import { describe, expect, test } from '@jest/globals';
import { readDataUrl } from '../../src/domain/dataUrl.js';
import { bodyText } from '../../src/domain/longTexts.js';

const read = (text: string) => readDataUrl(bodyText(text));

test.each([
  ['as it should be', 'data:image/png;base64,QUJD', 'data:image/png;base64,QUJD'],
  ['with a charset', 'data:text/plain;charset=utf-8;base64,QUJD', 'data:text/plain;base64,QUJD'],
  ['with a name', 'data:a/b;name="x.png";base64,QUJD', 'data:a/b;base64,QUJD'],
  ['with line breaks', 'data:a/b;base64,QU\r\nJD\n', 'data:a/b;base64,QUJD'],
  ['without padding', 'data:a/b;base64,QUI', 'data:a/b;base64,QUI='],
])('%s', (_name, text, tidy) => {
  expect(read(text)?.url).toEqual(tidy);
});

test.each(['data:a/b;base64,***', 'data:a/b;base64,', 'data:a/b;base64,QUJDR'])(
  'no base64: %s',
  text => {
    expect(read(text)).toMatchObject({ type: 'a/b', url: null });
  },
);

describe('no data URL', () => {
  test.each(['', 'https://a.example/b.png', 'data:,x', 'data:text/plain,x', 'data:a/b;x,QUJD'])(
    '%j',
    text => {
      expect(read(text)).toBeNull();
    },
  );

  test('millions of parameters cost nothing', () => {
    for (const part of [';', ';a', 'a', ';base64', '=']) {
      expect(read(`data:a/b${part.repeat(2_000_000)}`)).toBeNull();
    }
  });
});
