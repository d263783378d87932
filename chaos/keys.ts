// An administrator who suspends, reinstates and rotates, and repeats each change until it is acknowledged. After that,
// no replica may serve a key that was withdrawn.

import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../test/harness/random.js';
import type { License } from './cast.js';
import type { Ground } from './ground.js';
import type { Ban, History } from './history.js';

export interface Administration {
  /** Does one more suspension and one more rotation, then ends. `ask` tries the withdrawn keys at every replica. */
  stop(ask: (license: License, key: string) => Promise<unknown>): Promise<void>;
}

const NEVER = Number.POSITIVE_INFINITY;

export function startAdministration(
  ground: Ground,
  licenses: License[],
  history: History,
  seed: number,
): Administration {
  const abort = new AbortController();
  const random = createRandom(seed);

  /** Asks one replica after the other until one confirms the change. */
  async function insist(path: string, body: object): Promise<Record<string, unknown>> {
    for (;;) {
      const url = random.pick(ground.replicas)?.url;
      const { status, body: said } = url
        ? await ground.administer(url, 'POST', path, body)
        : { status: 0, body: null };
      if (status === 200) return said;
      if (status >= 400 && status < 500) throw new Error(`${path}: ${status}`);
      await sleep(50);
    }
  }

  async function suspendFor(license: License, time: () => Promise<unknown>): Promise<void> {
    await insist(`/licenses/${license.id}/suspend`, { reason: 'chaos' });
    const ban = openBan(license.id, null);
    await time();
    ban.until = history.step();
    ban.untilMs = Date.now();
    await insist(`/licenses/${license.id}/reinstate`, { reason: 'chaos' });
  }

  async function rotate(license: License): Promise<void> {
    const { key } = await insist(`/licenses/${license.id}/rotate`, { grace_seconds: 0 });
    openBan(license.id, license.keys.at(-1) as string);
    license.keys.push(key as string);
    ground.secrets.set(`key ${license.keys.length} of ${license.id}`, key as string);
  }

  function openBan(license: string, key: string | null): Ban {
    const times = { from: history.step(), fromMs: Date.now(), until: NEVER, untilMs: NEVER };
    const ban = { license, key, ...times };
    history.bans.push(ban);
    return ban;
  }

  async function work(): Promise<void> {
    while (!abort.signal.aborted) {
      const license = random.pick(licenses) as License;
      if (random.below(3) === 0) await rotate(license);
      else await suspendFor(license, () => sleep(150 + random.below(500)));
      await sleep(100 + random.below(600));
    }
  }
  const working = work();
  return {
    async stop(ask) {
      abort.abort();
      await working;
      const [license] = licenses;
      if (!license) return;
      const key = license.keys.at(-1) as string;
      // Puts the key into the caches of all replicas, before it is withdrawn.
      await ask(license, key);
      await suspendFor(license, () => ask(license, key));
      await ask(license, key);
      await rotate(license);
      await ask(license, key);
    },
  };
}
