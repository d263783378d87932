// `sahm doctor`: tries everything that an operator can set up wrongly, and says what it found and what to do.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogError, loadCatalog } from '../catalog/load.js';
import { loadCliConfig } from '../config/commandLine.js';
import { type Config, ConfigError, loadConfig } from '../config.js';
import { completeSecrets } from '../deps/secrets.js';
import { alikeSecrets, mistyped } from '../domain/configWarning.js';
import { digestOf } from '../store/catalog/catalogHolder.js';
import type { Database } from '../store/database/database.js';
import { type Examined, examineDatabase } from './database.js';
import { type Finding, well, wrong } from './finding.js';
import { examineMachine } from './machine.js';
import { examineOthers } from './others.js';

export type { Finding };

/**
 * The findings, in the order in which to mend them. `variables` replaces this process's environment. Tests pass their
 * own database as `opened`.
 */
export async function examine(
  variables?: Record<string, string | undefined>,
  opened?: Database,
): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(variables);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(fault => wrong('configuration', fault));
  }
  const warnings = [...config.mistyped.map(mistyped), ...alikeSecrets(config.secrets)];
  const found = warnings.map(({ message }) => wrong('configuration', message));
  if (found.length === 0) found.push(well('configuration', 'has no faults'));
  const { url, isUrlSet } = loadCliConfig(variables);
  const machine = await examineMachine(config, isUrlSet ? url : undefined);
  const catalog = await readCatalog(config);
  const secrets = await secretsOf(config);
  const given: Examined = {
    config,
    secrets,
    catalog: 'name' in catalog ? null : catalog,
    isServing: machine.isServing,
  };
  return [
    ...found,
    ...machine.found,
    'name' in catalog ? catalog : well('catalogue', `has no faults (${catalog.digest})`),
    ...(await examineDatabase(given, opened)),
    ...(await examineOthers(config, given.catalog?.catalog ?? null)),
  ];
}

async function readCatalog({
  catalogDir,
}: Config): Promise<NonNullable<Examined['catalog']> | Finding> {
  try {
    const catalog = await loadCatalog(catalogDir);
    return { catalog, digest: digestOf(catalog) };
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return wrong('catalogue', error.faults.join('; '));
  }
}

/** Secrets that are not configured are made by a start of the service, never by the doctor. */
async function secretsOf(config: Config): Promise<Examined['secrets']> {
  const { jwtSecret, keyPepper, keyEncryptionKey } = config.secrets;
  const isSet = jwtSecret && keyPepper && keyEncryptionKey;
  if (!isSet && !existsSync(join(config.dataDir, 'secrets.json'))) return null;
  return completeSecrets(config).catch(() => null);
}
