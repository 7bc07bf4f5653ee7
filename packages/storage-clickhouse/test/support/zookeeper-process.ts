import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { freePort } from '../../../core/test/support/free-port.js';

const JAR = '/usr/share/java/zookeeper.jar';
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutZookeeper = !existsSync(JAR) && process.env['CI'] !== 'true';
export const withZookeeper = skipWithoutZookeeper
  ? 'with ZooKeeper (skipped: zookeeper is not installed)'
  : 'with ZooKeeper';

export interface ZookeeperProcess {
  readonly port: number;
  stop(): Promise<void>;
}

/** A ZooKeeper of its own, with its data in the folder. Resolves when it serves. */
export async function startZookeeper(folder: string): Promise<ZookeeperProcess> {
  const port = await freePort();
  const file = join(folder, 'zoo.cfg');
  const settings = { tickTime: 500, dataDir: folder, clientPort: port, clientPortAddress: '127.0.0.1' };
  const lines = Object.entries({ ...settings, 'admin.enableServer': false }).map((pair) => pair.join('='));
  writeFileSync(file, `${lines.join('\n')}\n`);
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const child = spawn('java', ['-cp', JAR, '-Xmx128m', main, file], { stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  while (!(await accepts(port))) {
    if ((await Promise.race([ended, passes(50)])) === 'ended') throw new Error('ZooKeeper ended before it began');
  }
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Whether ZooKeeper is there and serves: it answers to four letters. While it starts it may take a connection and forget it. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(answer.startsWith('Zookeeper version')));
  });
}
