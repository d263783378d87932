// The documentation tells of every code that the service answers with.

import { expect, test } from '@jest/globals';
import { ERROR_STATUS } from '../../src/domain/refusal.js';
import texts from '../../web/src/messages/en/docsErrors.js';

test('every error code has a text in the documentation, and no other has', () => {
  expect(Object.keys(texts).sort()).toEqual(Object.keys(ERROR_STATUS).sort());
});
