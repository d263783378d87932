// For `npm run mutants`: a random test that fails says so at once. To look for a shorter example takes long, and nobody
// would read it.

import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
