import { expect, test } from '@jest/globals';
import { networksOf } from '../../src/domain/network.js';

test.each([
  ['192.0.2.1', '192.0.2.1', null],
  ['::ffff:192.0.2.1', '192.0.2.1', null],
  ['::ffff:c000:201', '192.0.2.1', null],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['::1', '0:0:0:0::/64', '0:0:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
  ['', 'none', null],
  ['unknown', 'none', null],
  ['192.0.2.1:4711', 'none', null],
])('%s is of %s', (address, own, site) => {
  expect(networksOf(address)).toEqual({ own, site });
});
