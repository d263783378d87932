import type { Client } from './client.js';
import type { Operation } from './operations.js';
import type { Show } from './show/show.js';

export interface Tools {
  operations: Operation[];
  /** Built at the first use, so that `--help` needs no configuration. */
  client(): Client;
  /** The client for routes without a token. */
  stranger(): Client;
  /** The service's address, and a license key if the environment has one. */
  url: string;
  licenseKey: string | undefined;
  /** The folder below which programs keep their configuration. */
  home: string;
  show: Show;
  /** In which dates are shown. */
  timeZone: string;
  /** Whether every question is answered with yes. */
  isSure(): boolean;
}
