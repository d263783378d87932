import type { Client } from './client.js';
import type { Show } from './show.js';

export interface Tools {
  /** Built at the first use, so that `--help` needs no configuration. */
  client(): Client;
  /** For what needs no token. */
  stranger(): Client;
  show(): Show;
}
