// What `require('sahm-sdk')` gives: the class itself, with all else that the package offers on it. Its types are those
// of index.ts.

import * as all from './index.js';

declare const module: { exports: object };

module.exports = Object.assign(all.Sahm, all);
