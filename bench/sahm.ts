// Starts Sahm for the benchmark in the usual way, with one license, and checks its ledger.

import { startServiceProcess } from '../test/harness/serviceProcess.js';

const EMAIL = 'owner@example.com';
const PASSWORD = 'benchmark-of-the-service';
/** Variables for the environment of a measured service. */
export const FIRST_ADMINISTRATOR = { ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD };
const ALLOWANCE = 1_000_000_000;
/** Of each answer of the benchmark's upstream. */
const COST_MICROUSD = 50;

export interface BenchedSahm {
  pid: number;
  port: number;
  key: string;
  /** Throws unless the used units equal the number of answers. */
  checkCount(answers: number): Promise<void>;
  /** The same of a license whose plan sells money, where the catalogue has one. */
  issueWallet(): Promise<Pick<BenchedSahm, 'key' | 'checkCount'>>;
  stop(): Promise<void>;
}

export async function startSahm(environment: Record<string, string>): Promise<BenchedSahm> {
  const service = await startServiceProcess({
    ...FIRST_ADMINISTRATOR,
    LOG_LEVEL: 'warn',
    OPENROUTER_API_KEY: 'benchmark',
    ...environment,
  });
  const key = await issueLicense(service.url);
  const counting = (key: string, units: number) => ({
    key,
    async checkCount(answers: number) {
      const headers = { Authorization: `Bearer ${key}` };
      const response = await fetch(`${service.url}/api/license`, { headers });
      const { usage } = (await response.json()) as { usage: { used: number } };
      if (usage.used === answers * units) return;
      throw new Error(`${answers} answers were seen, but ${usage.used / units} are counted`);
    },
  });
  return {
    pid: service.pid,
    port: Number(new URL(service.url).port),
    ...counting(key, 1),
    async issueWallet() {
      const plan = { plan: 'wallet', limits: { all: ALLOWANCE * COST_MICROUSD } };
      return counting(await issueLicense(service.url, plan), COST_MICROUSD);
    },
    async stop() {
      service.signal('SIGTERM');
      await service.ended;
    },
  };
}

/** Issues a license that never runs out, with `more` fields of a change; returns its key. */
export async function issueLicense(
  url: string,
  more: { plan?: string; [field: string]: unknown } = {},
): Promise<string> {
  const admin = async (method: string, path: string, body: object, token = '') => {
    const response = await fetch(`${url}/admin/api${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${await response.text()}`);
    return (await response.json()) as { token: string; key: string; license: { id: string } };
  };
  const { token } = await admin('POST', '/session', { email: EMAIL, password: PASSWORD });
  const { plan = 'pro', ...changes } = more;
  const wanted = { email: 'bench@example.com', plan };
  const { key, license } = await admin('POST', '/licenses', wanted, token);
  const limits = { openrouter: ALLOWANCE };
  await admin('PATCH', `/licenses/${license.id}`, { limits, ...changes }, token);
  return key;
}
