// Causes the planned faults, and ends each again.

import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../test/harness/faultProxy.js';
import { type Ground, untilReady } from './ground.js';
import { type Lane, type Planned, planned, type Regime } from './schedule.js';

export interface Faults {
  /** How often each fault was caused, such as `replicas: kill`. */
  done: Map<string, number>;
  /** The exit codes of replicas that were told to stop. */
  exitCodes: Array<number | string>;
  /** Resolves when the lane of replicas has killed this many. */
  untilKilled(count: number): Promise<void>;
  /** Causes no more faults, and waits until everything works again. */
  stop(): Promise<void>;
}

type Act = (planned: Planned) => Promise<void>;

export function startFaults(
  ground: Ground,
  seed: number,
  regime: Regime,
  lanes = Object.keys(regime) as Lane[],
): Faults {
  const abort = new AbortController();
  const { signal } = abort;
  const done: Faults['done'] = new Map();
  const exitCodes: Faults['exitCodes'] = [];
  const replicas = ofReplicas(ground, exitCodes, signal);
  const acts: Record<Lane, Record<string, Act>> = {
    replicas: replicas.acts,
    database: {
      ...ofNetwork(ground.toDatabase, signal),
      crash: async ({ lastsMs }) => {
        await ground.cluster.crash();
        await sleep(Math.min(lastsMs, 1_500));
        await ground.cluster.restart();
      },
    },
    upstream: ofNetwork(ground.toUpstream, signal),
  };

  async function work(lane: Lane): Promise<void> {
    for (const fault of planned(regime, lane, seed, ground.replicas.length)) {
      await sleep(fault.afterMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await acts[lane][fault.fault]?.(fault);
      const name = `${lane}: ${fault.fault}`;
      done.set(name, (done.get(name) ?? 0) + 1);
    }
  }
  const working = Promise.all(lanes.map(work));
  // An error here ends the run when `working` is awaited. Until then it must not count as unhandled.
  working.catch(() => {});
  return {
    done,
    exitCodes,
    async untilKilled(count) {
      const enough = async () => {
        while ((done.get('replicas: kill') ?? 0) < count) await sleep(100);
      };
      await Promise.race([enough(), working]);
    },
    async stop() {
      abort.abort();
      await working;
      ground.toDatabase.resume();
      ground.toUpstream.resume();
      await replicas.restored();
      await untilReady(ground);
    },
  };
}

/** A replica is only stopped while this many run, so that one always serves. */
const LEAST_RUNNING = 2;

interface ReplicaFaults {
  acts: Record<string, Act>;
  /** Resolves when all replicas that were stopped run again. */
  restored(): Promise<unknown>;
}

function ofReplicas(
  { replicas, startReplica }: Ground,
  exitCodes: Faults['exitCodes'],
  signal: AbortSignal,
): ReplicaFaults {
  const starting: Promise<void>[] = [];
  /** The place of a running replica, once at least `least` run; undefined if the run ended before. */
  async function placeOf(place: number, least: number): Promise<number | undefined> {
    for (;;) {
      const running = [...replicas.keys()].filter(at => replicas[at]);
      if (running.length >= least) return running[place % running.length];
      if (signal.aborted) return undefined;
      await sleep(50);
    }
  }
  async function end(planned: Planned, name: 'SIGKILL' | 'SIGTERM') {
    const place = await placeOf(planned.place, LEAST_RUNNING);
    const replica = place === undefined ? undefined : replicas[place];
    if (place === undefined || !replica) return;
    replica.signal(name);
    replicas[place] = undefined;
    const again = replica.ended.then(code => {
      if (name === 'SIGTERM') exitCodes.push(code);
      return startReplica(place, signal);
    });
    again.catch(() => {});
    starting.push(again);
  }
  const acts: Record<string, Act> = {
    kill: planned => end(planned, 'SIGKILL'),
    terminate: planned => end(planned, 'SIGTERM'),
    async stop({ place, lastsMs }) {
      const replica = replicas[(await placeOf(place, 1)) ?? -1];
      replica?.signal('SIGSTOP');
      await sleep(lastsMs, undefined, { signal }).catch(() => {});
      replica?.signal('SIGCONT');
    },
  };
  return { acts, restored: () => Promise.all(starting) };
}

function ofNetwork(proxy: FaultProxy, signal: AbortSignal): Record<string, Act> {
  const forATime =
    (begin: (planned: Planned) => void): Act =>
    async fault => {
      begin(fault);
      await sleep(fault.lastsMs, undefined, { signal }).catch(() => {});
      proxy.resume();
    };
  return {
    reset: async () => proxy.reset(),
    cut: forATime(({ amount }) => proxy.cutReplies(amount)),
    swallow: forATime(() => proxy.swallow()),
    slow: forATime(({ amount }) => proxy.delay(amount)),
    refuse: forATime(() => proxy.refuse()),
  };
}
