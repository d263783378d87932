// A key beside the master key, as the service tells it and takes it.

import { api } from '../api/client.js';
import type { Provider } from './providers.js';

const readKeys = () => api.GET('/api/license/keys');
type Keys = NonNullable<Awaited<ReturnType<typeof readKeys>>['data']>;
export type NamedKey = Keys['keys'][number];

export interface KeyBody {
  name: string;
  /** Null: only the license's quota counts. */
  limits: Partial<Record<Provider | 'all', number | null>>;
  rate_limit: number | null;
}
