// Types for the file of undici that we import alone. `request` and the like are missing: only the whole library adds
// them to its dispatchers.

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';

  const create: new (
    ...how: ConstructorParameters<typeof Pool>
  ) => Pick<Pool, 'dispatch' | 'close'>;
  export default create;
}
