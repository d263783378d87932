// Webhooks are only sent to public addresses, whatever the URL, the name service or the receiver say.

import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectedOfUrl, isAllowedAddress } from '../../src/domain/webhookUrl.js';
import type { Resolve } from '../../src/outbound/guardedLookup.js';
import { createWebhookSender, type WebhookSender } from '../../src/outbound/webhookSender.js';
import { isGenuine, type Receiver, startReceiver } from '../fakes/webhookReceiver.js';

let receiver: Receiver;
let port: string;
beforeAll(async () => {
  receiver = await startReceiver();
  port = new URL(receiver.url).port;
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.answer = 200;
  receiver.received.length = 0;
});

const senders: WebhookSender[] = [];
afterAll(async () => {
  await Promise.all(senders.map(sender => sender.close()));
});
function senderOf(settings: Partial<Parameters<typeof createWebhookSender>[0]> = {}) {
  const sender = createWebhookSender({ allowsLoopback: false, timeoutMs: 2_000, ...settings });
  senders.push(sender);
  return sender;
}
const webhookTo = (url: string) => ({ url, secret: 'whsec_x', eventId: 'e', body: '{"a":"ä"}' });
/** A name service that answers these, one after the other. */
function answering(...answers: string[][]): Resolve {
  return (_name, _options, callback) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    const found = (addresses ?? []).map(address => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    setImmediate(() => callback(null, found));
  };
}

describe('an address', () => {
  test.each([
    ...[
      '127.0.0.1',
      '127.8.9.10',
      '0.0.0.0',
      '0.1.2.3',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
    ],
    ...['192.168.1.1', '169.254.169.254', '169.254.0.1', '100.64.0.1', '100.127.255.255'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '192.0.0.1', '192.0.2.1'],
    ...['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
    ...[
      '64:ff9b::7f00:1',
      '64:ff9b::8.8.8.8',
      '64:ff9b:1::1',
      '100::1',
      'fc00::1',
      'fd00:ec2::254',
    ],
    ...['fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '2001::1', '2001:db8::1', '2002:7f00:1::'],
    ...['3fff::1', '5f00::1', '', 'localhost', '1.2.3', '8.8.8.8 '],
  ])('%s is refused', address => {
    expect(isAllowedAddress(address, false)).toBe(false);
  });

  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'])(
    '%s is let through',
    address => {
      expect(isAllowedAddress(address, false)).toBe(true);
    },
  );

  test('of this machine is let through under development, and nothing else besides', () => {
    const let_ = ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '0.0.0.0', '::ffff:127.0.0.1'];
    expect(let_.filter(address => isAllowedAddress(address, true))).toEqual(['127.0.0.1', '::1']);
  });
});

describe('a URL', () => {
  test.each([
    ...['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com/'],
    ...['example.com', '', 'https://', 'https://user@example.com/', 'https://:word@example.com/'],
    ...['https://127.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://0177.0.0.1/'],
    ...[
      'https://[::1]/',
      'https://[::ffff:169.254.169.254]/',
      'https://１２７.0.0.1/',
      'https://0/',
    ],
  ])('%s is refused', url => {
    expect(expectedOfUrl(url, false)).not.toBeNull();
  });

  test.each(['https://example.com/', 'https://example.com:8443/a?b=c', 'https://1.1.1.1/'])(
    '%s is let through',
    url => {
      expect(expectedOfUrl(url, false)).toBeNull();
    },
  );
});

test('a name of this machine is refused when it is configured and when it is sent to', async () => {
  const sender = senderOf();
  const before = receiver.connections();
  const url = `https://localhost:${port}/`;
  expect(await sender.expectedOf(url)).toContain('public address');
  const refused = { delivered: false, status: null, error: 'address_not_allowed' };
  expect(await sender.send(webhookTo(url))).toEqual(refused);
  expect(receiver.connections()).toBe(before);
});

test('a name that is public when it is configured and private when it is sent to leads nowhere', async () => {
  const resolve = answering(['93.184.215.14'], ['127.0.0.1']);
  const sender = senderOf({ resolve });
  const before = receiver.connections();
  const url = `https://rebinding.example:${port}/`;
  expect(await sender.expectedOf(url)).toBeNull();
  expect(await sender.send(webhookTo(url))).toMatchObject({ error: 'address_not_allowed' });
  expect(receiver.connections()).toBe(before);
});

test('one private address among public ones is enough to refuse a name', async () => {
  const sender = senderOf({ resolve: answering(['93.184.215.14', '10.0.0.1']) });
  expect(await sender.send(webhookTo('https://both.example/'))).toMatchObject({
    error: 'address_not_allowed',
  });
});

test('the connection goes to the address that was looked at', async () => {
  const sender = senderOf({ allowsLoopback: true, resolve: answering(['127.0.0.1']) });
  const sent = await sender.send(webhookTo(`http://somewhere.example:${port}/in?x=1`));
  expect(sent).toEqual({ delivered: true, status: 200, error: '' });
  const [received] = receiver.received;
  expect(received?.path).toBe('/in?x=1');
  expect(received?.headers.host).toBe(`somewhere.example:${port}`);
  expect(received && isGenuine(received, 'whsec_x')).toBe(true);
});

test('a name that nobody knows now may be configured, and is not delivered to', async () => {
  const resolve: Resolve = (_name, _options, callback) => {
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
  };
  const sender = senderOf({ resolve });
  expect(await sender.expectedOf('https://later.example/')).toBeNull();
  expect(await sender.send(webhookTo('https://later.example/'))).toMatchObject({
    error: 'ENOTFOUND',
  });
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async status => {
  receiver.answer = response => {
    response.writeHead(status, { location: `${receiver.url}/elsewhere` }).end();
  };
  const sent = await senderOf({ allowsLoopback: true }).send(webhookTo(receiver.url));
  expect(sent).toEqual({ delivered: false, status, error: `status ${status}` });
  expect(receiver.received.map(({ path }) => path)).toEqual(['/']);
});

test('who never answers is given up after the timeout', async () => {
  receiver.answer = () => {};
  const sender = senderOf({ allowsLoopback: true, timeoutMs: 300 });
  const begunMs = performance.now();
  expect(await sender.send(webhookTo(receiver.url))).toMatchObject({ error: 'timeout' });
  expect(performance.now() - begunMs).toBeLessThan(2_000);
});

test('an answer without end is not read', async () => {
  let written = 0;
  receiver.answer = response => {
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
    };
    response.on('drain', write);
    write();
  };
  const sent = await senderOf({ allowsLoopback: true }).send(webhookTo(receiver.url));
  expect(sent).toMatchObject({ delivered: true, status: 200 });
  expect(written).toBeLessThan(20_000_000);
});

test('what is no HTTP is a failure, and says nothing of what was received', async () => {
  const server = createServer(socket =>
    socket
      .on('error', () => {})
      .resume()
      .end('220 secret banner\r\n'),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port: other } = server.address() as { port: number };
  const sent = await senderOf({ allowsLoopback: true }).send(
    webhookTo(`http://127.0.0.1:${other}/`),
  );
  expect(sent.delivered).toBe(false);
  expect(sent.error).not.toContain('banner');
  await new Promise(resolve => server.close(resolve));
});
