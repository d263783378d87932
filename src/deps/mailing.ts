// What every mail to a buyer needs, and the links by which buyers switch mails off.

import { loadCatalog } from '../catalog/load.js';
import type { Config } from '../config.js';
import { type Catalog, findPlan } from '../domain/catalog.js';
import { type LocalizedText, perLanguage } from '../domain/language.js';
import type { MailSettings } from '../domain/mail.js';
import type { SampleSettings } from '../domain/mailSamples.js';
import type { UnsubscribeTokens, Unsubscription } from '../store/notices/unsubscribeTokens.js';
import { createUnsubscribeTokens } from '../store/notices/unsubscribeTokens.js';
import type { KeyVault } from '../store/secrets/keyVault.js';
import { ownAddressOf } from './ownAddress.js';

export interface Mailing extends MailSettings {
  /** The address of the service, without a trailing slash. */
  publicUrl: string;
  accountUrl: string;
  planName(code: string): LocalizedText;
  unsubscribeLink(wanted: Unsubscription): string;
  unsubscribeTokens: UnsubscribeTokens;
}

export function buildMailing(config: Config, vault: KeyVault, catalog: () => Catalog): Mailing {
  const settings = settingsOf(config, catalog);
  const { publicUrl } = settings;
  const unsubscribeTokens = createUnsubscribeTokens(vault);
  return {
    ...settings,
    accountUrl: `${publicUrl}/account`,
    unsubscribeLink: wanted => `${publicUrl}/unsubscribe/${unsubscribeTokens.make(wanted)}`,
    unsubscribeTokens,
  };
}

/** What a preview needs: the catalogue's names and the configuration, without a database. */
export async function loadMailSettings(config: Config): Promise<SampleSettings> {
  const catalog = await loadCatalog(config.catalogDir);
  return settingsOf(config, () => catalog);
}

function settingsOf(config: Config, catalog: () => Catalog): SampleSettings {
  return {
    shopName: config.mail.shopName ?? null,
    timeZone: config.quotaTimeZone,
    publicUrl: ownAddressOf(config),
    planName: code => nameOfPlan(catalog(), code),
  };
}

/** With the code where the name is another word: refusals and the account name a plan by its code. */
function nameOfPlan(catalog: Catalog, code: string): LocalizedText {
  const shown = code.toUpperCase();
  const names = findPlan(catalog, code)?.name;
  return perLanguage(language => {
    const name = names?.[language] ?? shown;
    if (name.toLowerCase() === code.toLowerCase()) return name;
    return language === 'zh-TW' ? `${name}（${shown}）` : `${name} (${shown})`;
  });
}
