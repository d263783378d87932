// What the command line reads of the environment: where the service is, the token to use, and how dates and tables are
// shown.

import { homedir } from 'node:os';
import { isTimeZone } from './values.js';

export function loadCliConfig(variables: Record<string, string | undefined> = process.env): {
  url: string;
  isUrlSet: boolean;
  token: string | undefined;
  /** For what holders do. */
  licenseKey: string | undefined;
  /** The folder below which programs keep their configuration. */
  home: string;
  timeZone: string;
  /** The width of the terminal, if the terminal itself does not tell it. */
  columns: number | undefined;
} {
  const { SAHM_URL: url, SAHM_TOKEN: token, SAHM_KEY: key } = variables;
  const { HOME: home = homedir() } = variables;
  const { QUOTA_TIME_ZONE: zone = '', COLUMNS: columns = '' } = variables;
  return {
    url: url || 'http://localhost:3000',
    isUrlSet: Boolean(url),
    token: token === '' ? undefined : token,
    licenseKey: key === '' ? undefined : key,
    home,
    timeZone: isTimeZone(zone) ? zone : 'UTC',
    columns: /^\d{2,4}$/.test(columns) ? Number(columns) : undefined,
  };
}
