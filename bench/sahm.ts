// Starts Sahm for the benchmark in the usual way, with one license, and checks its ledger.

import { startServiceProcess } from '../test/harness/serviceProcess.js';

const EMAIL = 'owner@example.com';
const PASSWORD = 'benchmark-of-the-service';
/** Variables for the environment of a measured service. */
export const FIRST_ADMINISTRATOR = { ADMIN_EMAIL: EMAIL, ADMIN_PASSWORD: PASSWORD };
const ALLOWANCE = 1_000_000_000;

export interface BenchedSahm {
  pid: number;
  port: number;
  key: string;
  /** Throws unless the used units equal the number of answers. */
  checkCount(answers: number): Promise<void>;
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
  return {
    pid: service.pid,
    port: Number(new URL(service.url).port),
    key,
    async checkCount(answers) {
      const headers = { Authorization: `Bearer ${key}` };
      const response = await fetch(`${service.url}/api/license`, { headers });
      const { usage } = (await response.json()) as { usage: { used: number } };
      if (usage.used === answers) return;
      throw new Error(`${answers} answers were seen, but ${usage.used} are counted`);
    },
    async stop() {
      service.signal('SIGTERM');
      await service.ended;
    },
  };
}

/** Issues a license that never runs out, changes it by the fields in `more`, and returns its key. */
export async function issueLicense(url: string, more: object = {}): Promise<string> {
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
  const wanted = { email: 'bench@example.com', plan: 'pro' };
  const { key, license } = await admin('POST', '/licenses', wanted, token);
  const limits = { openrouter: ALLOWANCE };
  await admin('PATCH', `/licenses/${license.id}`, { limits, ...more }, token);
  return key;
}
