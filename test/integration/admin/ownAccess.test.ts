// An administrator's own password and second factor.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import { v7 as uuidv7 } from 'uuid';
import { PASSWORD, type Service, startService } from '../../harness/service.js';
import { shiftClock } from '../../harness/testDatabase.js';

const NEW_PASSWORD = 'another password of the tests';
const SESSION = '/admin/api/session';

let service: Service;
let email: string;
let id: string;
let token: string;
/** Seconds by which the database's clock is ahead: each code is of a step of its own. */
let ahead = 0;
beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  email = `${uuidv7()}@example.com`;
  id = await service.createAdministrator(email, 'operator');
  token = (await signIn()).body.token as string;
});
afterEach(async () => {
  ahead = 0;
  await shiftClock(service.database.prisma, '0');
  await service.database.prisma.signInFailure.deleteMany();
});
afterAll(() => service.close());

const signIn = (more: object = {}) =>
  service.call('POST', SESSION, { body: { email, password: PASSWORD, ...more } });
const own = (path: string, body: object, as = token) =>
  service.call('POST', `${SESSION}/${path}`, { token: as, body });
const works = async (as: string) =>
  (await service.call('GET', '/admin/api/licenses', { token: as })).status === 200;

/** The code that the app would show now, by the database's clock. */
function codeOf(secret: string): string {
  return new TOTP({ secret }).generate({ timestamp: Date.now() + ahead * 1000 });
}

async function nextStep(): Promise<void> {
  ahead += 60;
  await shiftClock(service.database.prisma, `${ahead} seconds`);
}

/** Switches it on; gives the secret and the recovery codes. */
async function enrol(): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await own('second-factor', { password: PASSWORD });
  const secret = begun.body.secret as string;
  const confirmed = await own('second-factor/confirm', { code: codeOf(secret) });
  expect(confirmed.status).toBe(200);
  await nextStep();
  return { secret, recoveryCodes: confirmed.body.recovery_codes as string[] };
}

describe('one’s own password', () => {
  test('is changed with the old one; other sessions and API tokens end, this session goes on', async () => {
    const elsewhere = (await signIn()).body.token as string;
    const made = await service.call('POST', '/admin/api/tokens', { token, body: { name: 'x' } });
    const apiToken = made.body.token as string;
    const changed = await own('password', { password: PASSWORD, new_password: NEW_PASSWORD });
    expect(changed.status).toBe(204);
    expect(await Promise.all([token, elsewhere, apiToken].map(works))).toEqual([
      true,
      false,
      false,
    ]);
    expect((await signIn()).status).toBe(401);
    expect((await signIn({ password: NEW_PASSWORD })).status).toBe(200);
    const [entry] = await service.database.prisma.auditEntry.findMany({
      where: { subject: `administrator:${id}` },
    });
    expect(entry).toMatchObject({ action: 'administrator.own-password', actor: email });
    expect(JSON.stringify(entry?.after)).toBe('{"password_changed":true}');
  });

  test('stays if the old one is wrong, the new one is too short or guessable, or the caller is an API token', async () => {
    const made = await service.call('POST', '/admin/api/tokens', { token, body: { name: 'x' } });
    const apiToken = made.body.token as string;
    const body = { password: PASSWORD, new_password: NEW_PASSWORD };
    const wrong = await own('password', { ...body, password: 'wrong wrong wrong' });
    expect([wrong.status, wrong.body.error]).toMatchObject([
      400,
      { details: { field: 'password' } },
    ]);
    for (const new_password of ['short', email.toUpperCase()]) {
      const { status, body: answer } = await own('password', { ...body, new_password });
      expect([status, answer.error]).toMatchObject([400, { details: { field: 'new_password' } }]);
    }
    expect((await own('password', body, apiToken)).status).toBe(409);
    expect((await signIn()).status).toBe(200);
  });

  test('cannot be guessed with a session: the limits of signing in count here too', async () => {
    const guess = { password: 'a wrong guess', new_password: NEW_PASSWORD };
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) statuses.push((await own('password', guess)).status);
    expect(statuses).toEqual([...Array(10).fill(400), 429, 429]);
  });
});

test('a password that is nothing but the e-mail is refused wherever one is set', async () => {
  const owner = await service.signInAs('owner');
  const path = '/admin/api/administrators';
  const guessable = { email: 'New@Shop.example', password: 'new@shop.EXAMPLE', role: 'viewer' };
  const created = await service.call('POST', path, { token: owner, body: guessable });
  const body = { password: email, disabled: true };
  const changed = await service.call('PATCH', `${path}/${id}`, { token: owner, body });
  for (const { status, body: answer } of [created, changed]) {
    expect([status, answer.error]).toMatchObject([
      400,
      { code: 'invalid_request', details: { field: 'password' } },
    ]);
  }
  expect(await service.deps.admin.administrators.resetPassword(email, email)).toMatchObject({
    kind: 'refusal',
    field: 'password',
  });
  expect((await signIn()).status).toBe(200);
});

describe('a second factor', () => {
  test('counts from its confirmation on; from then on signing in needs a code, and other sessions have ended', async () => {
    const elsewhere = (await signIn()).body.token as string;
    const begun = await own('second-factor', { password: PASSWORD });
    const { secret, uri } = begun.body as { secret: string; uri: string };
    expect(uri).toMatch(new RegExp(`^otpauth://totp/Sahm:.*secret=${secret}`));
    expect((await signIn()).status).toBe(200);
    expect((await own('second-factor/confirm', { code: '000000' })).status).toBe(400);
    const confirmed = await own('second-factor/confirm', { code: codeOf(secret) });
    expect(new Set(confirmed.body.recovery_codes as string[]).size).toBe(10);
    expect([await works(token), await works(elsewhere)]).toEqual([true, false]);
    await nextStep();
    const missing = await signIn();
    expect([missing.status, missing.body.error]).toMatchObject([
      401,
      { code: 'second_factor_required', details: { field: 'code' } },
    ]);
    expect((await signIn({ code: '123' })).body.error).toMatchObject({ code: 'unauthenticated' });
    expect((await signIn({ password: 'wrong wrong wrong' })).body.error).toMatchObject({
      code: 'unauthenticated',
    });
    // As a Persian keyboard has the digits.
    const typed = codeOf(secret).replace(/\d/g, digit =>
      String.fromCodePoint(0x6f0 + Number(digit)),
    );
    expect((await signIn({ code: typed })).status).toBe(200);
    const state = await service.call('GET', `${SESSION}/second-factor`, { token });
    expect(state.body).toEqual({ enabled: true, recovery_codes_left: 10 });
  });

  test('of many sign-ins with one code at once, one succeeds', async () => {
    const { secret } = await enrol();
    const code = codeOf(secret);
    const together = await Promise.all(Array.from({ length: 6 }, () => signIn({ code })));
    expect(together.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
    expect((await signIn({ code })).status).toBe(401);
    await nextStep();
    expect((await signIn({ code: codeOf(secret) })).status).toBe(200);
  });

  test('a code that is older than a used one is refused', async () => {
    const { secret } = await enrol();
    const earlier = codeOf(secret);
    ahead += 30;
    await shiftClock(service.database.prisma, `${ahead} seconds`);
    expect((await signIn({ code: codeOf(secret) })).status).toBe(200);
    expect((await signIn({ code: earlier })).status).toBe(401);
  });

  test('each recovery code works once, however it is typed', async () => {
    const { recoveryCodes } = await enrol();
    const [first = '', second = ''] = recoveryCodes;
    expect((await signIn({ code: first.toLowerCase().replaceAll('-', ' ') })).status).toBe(200);
    expect((await signIn({ code: first })).status).toBe(401);
    expect((await signIn({ code: second })).status).toBe(200);
    const state = await service.call('GET', `${SESSION}/second-factor`, { token });
    expect(state.body).toEqual({ enabled: true, recovery_codes_left: 8 });
  });

  test('cannot be guessed: with the right password too, guesses are limited', async () => {
    await enrol();
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) {
      // Asking without a code between the guesses takes nothing back.
      statuses.push((await signIn(turn % 2 ? {} : { code: '000000' })).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });

  test('is removed with the password and a code, and then signing in needs none', async () => {
    const { secret } = await enrol();
    for (const body of [
      { password: PASSWORD, code: '000000' },
      { password: 'wrong wrong wrong', code: codeOf(secret) },
    ]) {
      expect((await own('second-factor/remove', body)).status).toBe(400);
    }
    const body = { password: PASSWORD, code: codeOf(secret) };
    expect((await own('second-factor/remove', body)).status).toBe(204);
    expect((await signIn()).status).toBe(200);
    const entries = await service.database.prisma.auditEntry.findMany({
      where: { subject: `administrator:${id}` },
      orderBy: { id: 'asc' },
    });
    expect(entries.map(({ action, after }) => [action, after])).toEqual([
      ['administrator.second-factor', { second_factor: true }],
      ['administrator.second-factor', { second_factor: false }],
    ]);
  });

  test('that is on is not replaced with a session and the password alone', async () => {
    await enrol();
    expect((await own('second-factor', { password: PASSWORD })).status).toBe(409);
  });

  test('is reset by an owner for somebody else, and by the machine’s own command line', async () => {
    await enrol();
    const owner = await service.signInAs('owner');
    const list = async () =>
      (await service.call('GET', '/admin/api/administrators', { token: owner })).body
        .administrators as Array<{ id: string; email: string; second_factor: boolean }>;
    const mine = (await list()).find(one => one.id === id);
    expect(mine?.second_factor).toBe(true);
    const path = `/admin/api/administrators/${id}/reset-second-factor`;
    const reset = await service.call('POST', path, { token: owner, body: {} });
    expect(reset.body.administrator).toMatchObject({ id, second_factor: false });
    expect((await signIn()).status).toBe(200);

    token = (await signIn()).body.token as string;
    await enrol();
    const { administrators } = service.deps.admin;
    expect(await administrators.resetPassword(email, NEW_PASSWORD)).toMatchObject({
      hasSecondFactor: true,
    });
    expect((await signIn({ password: NEW_PASSWORD })).body.error).toMatchObject({
      code: 'second_factor_required',
    });
    const how = { removeSecondFactor: true };
    expect(await administrators.resetPassword(email, PASSWORD, how)).toMatchObject({
      hasSecondFactor: false,
    });
    expect((await signIn()).status).toBe(200);
    expect(await works(token)).toBe(false);
  });

  test('an owner cannot remove the own one without a code', async () => {
    const owner = await service.signInAs('owner');
    const { body } = await service.call('GET', '/admin/api/administrators', { token: owner });
    const last = (body.administrators as Array<{ id: string; email: string }>).findLast(one =>
      one.email.startsWith('owner-'),
    );
    const path = `/admin/api/administrators/${last?.id}/reset-second-factor`;
    expect((await service.call('POST', path, { token: owner, body: {} })).status).toBe(409);
  });

  test('its secret and its codes are in no table in clear, and in no entry of the audit log', async () => {
    const { secret, recoveryCodes } = await enrol();
    const { prisma } = service.database;
    const stored = JSON.stringify(
      [
        await prisma.adminSecondFactor.findMany(),
        await prisma.adminRecoveryCode.findMany(),
        await prisma.auditEntry.findMany({ where: { subject: `administrator:${id}` } }),
      ],
      (_name, value) =>
        value instanceof Uint8Array
          ? Buffer.from(value).toString('latin1')
          : typeof value === 'bigint'
            ? String(value)
            : value,
    );
    for (const clear of [secret, ...recoveryCodes]) expect(stored).not.toContain(clear);
  });
});
