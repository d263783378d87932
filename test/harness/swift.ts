// Runs a real server that speaks as S3 does: OpenStack Swift, on one disk, with everything in a temporary folder.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePorts, type Program, startProgram } from './program.js';

/** Debian's own, which has Debian's packages. */
const PYTHON = '/usr/bin/python3';
const PARTS = ['proxy', 'account', 'container', 'object'];
export const hasSwift = PARTS.every(part => findProgram(`swift-${part}-server`));

export const SWIFT_USER = {
  AWS_ACCESS_KEY_ID: 'shop:media',
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-tests',
  AWS_REGION: 'us-east-1',
};

export interface Swift {
  url: string;
  /** Nobody answers until `begin`. What is stored stays. */
  pause(): Promise<void>;
  begin(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSwift(): Promise<Swift> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-swift-'));
  const ports = await freePorts(PARTS.length);
  await mkdir(join(directory, 'disks', 'one'), { recursive: true });
  await writeFile(join(directory, 'swift.conf'), HASHES);
  for (const part of PARTS) {
    const more = part === 'proxy' ? PROXY : storeOf(part);
    await writeFile(join(directory, `${part}.conf`), commonOf(directory) + more);
  }
  const url = `http://127.0.0.1:${ports[0]}`;
  // startProgram removes the folder that it is given, and this one has to outlive a pause.
  const nothing = join(directory, 'nothing');
  const args = ['-c', SERVE, directory, ...ports.map(String)];
  let program: Program | null = null;
  const swift: Swift = {
    url,
    async pause() {
      await program?.stop();
      program = null;
    },
    async begin() {
      program ??= await startProgram(PYTHON, args, nothing, () => answers(url));
    },
    async stop() {
      await swift.pause();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await swift.begin();
  return swift;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

const commonOf = (directory: string) => `[DEFAULT]
swift_dir = ${directory}
devices = ${join(directory, 'disks')}
mount_check = false
`;

const storeOf = (part: string) => `
[pipeline:main]
pipeline = ${part}-server
[app:${part}-server]
use = egg:swift#${part}
`;

const HASHES = `[swift-hash]
swift_hash_path_prefix = a
swift_hash_path_suffix = b
`;

const PROXY = `
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
# A list of more comes in pages.
max_bucket_listing = 2
[filter:tempauth]
use = egg:swift#tempauth
user_shop_media = ${SWIFT_USER.AWS_SECRET_ACCESS_KEY} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`;

/** All parts in one process, which is started sooner than four. Each store is on one disk. */
const SERVE = `
import os, sys
from swift.common.utils import eventlet_monkey_patch, set_swift_dir
eventlet_monkey_patch()
import eventlet
from eventlet import wsgi
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp
directory, ports = sys.argv[1], [int(port) for port in sys.argv[2:]]
set_swift_dir(directory)
parts = list(zip(['proxy', 'account', 'container', 'object'], ports))
for part, port in parts[1:]:
    builder = RingBuilder(1, 1, 0)
    place = dict(region=1, zone=1, ip='127.0.0.1', port=port, device='one', weight=1)
    builder.add_dev(dict(place, replication_ip='127.0.0.1', replication_port=port))
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, part + '.ring.gz'))
quiet = open(os.devnull, 'w')
for part, port in reversed(parts):
    app = loadapp(os.path.join(directory, part + '.conf'))
    listener = eventlet.listen(('127.0.0.1', port))
    last = eventlet.spawn(wsgi.server, listener, app, log=quiet)
last.wait()
`;
