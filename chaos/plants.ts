// Faults that are planted on purpose, to show that the checks find each. None is in the service's code: they are wrong
// functions and triggers in the private database, or acts that the service would never do.

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropCounterConstraints, plantFault } from '../test/harness/plantedFault.js';
import type { Cast } from './cast.js';
import type { Ground } from './ground.js';

export interface Plant {
  /** What is wrong. */
  what: string;
  /** Matches promises. At least one of them must be found broken. */
  breaks: RegExp;
  /** Set if the fault only shows when a replica is killed. */
  needsKill?: true;
  /** Set if the fault only shows at another replica than the one that made the change. */
  needsOthers?: true;
  /** Called before the load. May return a function to call after it. */
  plant(ground: Ground, cast: Cast): Promise<(() => Promise<void>) | undefined>;
}

/** Replaces texts in a function of the ledger. */
function wrong(name: string, ...changes: Array<[from: string, to: string]>): Plant['plant'] {
  return async ({ site }) => {
    await dropCounterConstraints(site.query);
    for (const [from, to] of changes) await plantFault(site.query, { name, from, to });
    return undefined;
  };
}

function trigger(timing: string, body: string, when = 'true'): Plant['plant'] {
  return async ({ site }) => {
    await site.query(`CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      ${body} END $$`);
    await site.query(`CREATE TRIGGER planted ${timing} FOR EACH ROW WHEN (${when})
      EXECUTE FUNCTION planted()`);
    return undefined;
  };
}

export const PLANTS: Record<string, Plant> = {
  'charges-twice': {
    what: 'a post is counted twice',
    breaks: /balance that is shown|are exact|sahm verify/,
    plant: wrong('sahm_count_ended', [
      'used = own.used + change.used',
      'used = own.used + 2 * change.used',
    ]),
  },
  'forgets-charges': {
    what: 'a post is not counted',
    breaks: /balance that is shown|are exact|sahm verify/,
    plant: wrong('sahm_count_ended', ['used = own.used + change.used', 'used = own.used']),
  },
  'no-limit': {
    what: 'a hold is admitted without asking for room',
    breaks: /above its limit/,
    plant: wrong('sahm_hold_own', [
      'AND own.used + own.held + want.total <= own.plan_limit + own.addon_limit',
      '',
    ]),
  },
  'ignores-suspension': {
    what: 'a hold does not ask whether the license was suspended',
    breaks: /suspended or rotated/,
    needsOthers: true,
    plant: wrong('sahm_hold_own', [
      "license.version = each.version AND license.state = 'active'",
      'license.version IS NOT NULL',
    ]),
  },
  'ignores-rotation': {
    what: 'a hold does not ask whether the key was rotated',
    breaks: /suspended or rotated/,
    needsOthers: true,
    plant: wrong(
      'sahm_hold_own',
      ['license.version = each.version AND', ''],
      ['AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)', ''],
    ),
  },
  'charges-repeats': {
    what: 'an Idempotency-Key is forgotten',
    breaks: /Idempotency-Key/,
    plant: wrong('sahm_hold_once', ["claim.created_at <= instant - interval '24 hours'", 'true']),
  },
  'charges-the-bound': {
    what: 'a wallet pays the most that a call can cost',
    breaks: /true cost/,
    plant: wrong('sahm_settle', ['least(hold.units, want.units)', 'hold.units']),
  },
  'never-expires': {
    what: 'what a killed process held stays held',
    breaks: /30 s after its lease/,
    needsKill: true,
    plant: wrong('sahm_expire', ['lease_ends_at <= sahm_now()', 'false']),
  },
  'counts-repeated-purchases': {
    what: 'a delivery that comes again counts again',
    breaks: /order has its effect once/,
    plant: trigger(
      'AFTER INSERT OR UPDATE OF outcome ON purchase_event',
      `UPDATE license_grant SET units = units + 50, entitled = entitled + 50
        WHERE purchase_line_id IN (SELECT id FROM purchase_line WHERE order_id = NEW.order_id);
      RETURN NULL;`,
      "NEW.outcome = 'duplicate'",
    ),
  },
  'forgets-refunds': {
    what: 'a refund is acknowledged and not kept',
    breaks: /order has its effect once/,
    plant: trigger(
      'BEFORE INSERT ON purchase_fact',
      "IF NEW.kind = 'refunded' THEN RETURN NULL; END IF; RETURN NEW;",
    ),
  },
  'logs-a-key': {
    what: 'a key stands in a log',
    breaks: /is in a log/,
    plant: async ({ logs }, { large }) => {
      const file = join(logs, 'service-1.log');
      return () => appendFile(file, `{"msg":"request","key":"${large[0]?.keys[0]}"}\n`);
    },
  },
  'calls-without-hold': {
    what: 'the upstream is called without a hold',
    breaks: /without a hold/,
    plant: async ({ site, secrets }) => {
      const url = `${site.environment.OPENROUTER_BASE_URL}/chat/completions`;
      return async () => {
        await fetch(url, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            Authorization: `Bearer ${secrets.get('OPENAI_API_KEY')}`,
          },
          body: JSON.stringify({ model: 'x/y', messages: [{ role: 'user', content: 'x' }] }),
        });
      };
    },
  },
};
