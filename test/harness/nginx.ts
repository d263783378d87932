// Runs nginx with the configuration of delivery/nginx.conf in front of a test's replicas.

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, type Program, startProgram } from './program.js';
import { statusOf } from './serviceProcess.js';

export interface Nginx extends Program {
  url: string;
}

const SITE = 'delivery/nginx.conf';
const REPLICAS = 'delivery/replicas.conf';

/** These ports replace the three replicas that the configuration names. */
export async function startNginx(replicaPorts: number[]): Promise<Nginx> {
  const [port] = await freePorts(1);
  const directory = await mkdtemp(join(tmpdir(), 'sahm-nginx-'));
  const site = await readFile(SITE, 'utf8');
  let replicas = await readFile(REPLICAS, 'utf8');
  replicaPorts.forEach((replicaPort, index) => {
    replicas = replicas.replace(`127.0.0.1:${3001 + index} `, `127.0.0.1:${replicaPort} `);
  });
  const here = site.replace('listen 80;', `listen 127.0.0.1:${port};`);
  await writeFile(join(directory, 'site.conf'), replicas + here);
  await writeFile(join(directory, 'nginx.conf'), mainConfiguration(directory));
  const arguments_ = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr'];
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await statusOf(`${url}/readyz`)) === 200;
  return { url, ...(await startProgram('nginx', arguments_, directory, answers)) };
}

/** One foreground process that writes only to its own folder. */
function mainConfiguration(directory: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${join(directory, name)};`,
  );
  return `daemon off; master_process off; pid ${join(directory, 'pid')};
    error_log stderr notice;
    events { worker_connections 1024; }
    http { access_log off; ${paths.join(' ')} include ${join(directory, 'site.conf')}; }`;
}
