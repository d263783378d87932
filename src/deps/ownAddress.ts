// The address at which others reach this service, and the settings of shops, which contain it.

import type { Config } from '../config.js';
import type { ShopSettings } from '../shops/port.js';

/** Without a slash at its end. If none is configured, it only works on this machine. */
export function ownAddressOf(config: Config): string {
  return (config.publicUrl ?? `http://localhost:${config.port}`).replace(/\/$/, '');
}

export function shopSettingsOf(config: Config): ShopSettings {
  return {
    env: config.shops.env,
    isProduction: config.isProduction,
    publicUrl: ownAddressOf(config),
    isPublicUrlSet: config.publicUrl !== undefined,
  };
}
