// The pages are built with a copy of the service's closed lists, which `node web/writeTypes.mjs` writes.

import { expect, test } from '@jest/globals';
import { MODALITIES } from '../../src/domain/catalog.js';
import { EXPORTED } from '../../src/domain/exported.js';
import { DESCRIPTIONS, PROVIDERS } from '../../src/domain/provider.js';
import { ROLES } from '../../src/domain/role.js';
import { SELLERS, SHOPS } from '../../src/domain/shop.js';
import * as lists from '../../web/src/api/lists.js';

test('the pages know the same lists as the service', () => {
  const names = PROVIDERS.map(provider => [provider, DESCRIPTIONS[provider].name]);
  expect({ ...lists }).toEqual({
    EXPORTED,
    MODALITIES,
    PROVIDERS,
    ROLES,
    SELLERS,
    SHOPS,
    PROVIDER_NAMES: Object.fromEntries(names),
  });
});
