// The type of what is taken from undici by its file: without `request` and its like, which only the
// whole library gives to its dispatchers.

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';

  const create: new (
    ...how: ConstructorParameters<typeof Pool>
  ) => Pick<Pool, 'dispatch' | 'close'>;
  export default create;
}
