import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

const PROBE_MS = 5_000;
/** Being root inside is what lets an ordinary user make the namespace and bring its loopback up. */
const UNSHARE = ['--net', '--map-root-user', '--'] as const;

/** Whether a process can have a network of its own here: Linux, `unshare`, `ip`, and the right to use them. */
export function canOwnNetwork(): boolean {
  if (process.platform !== 'linux') return false;
  const probe = spawnSync('unshare', [...UNSHARE, 'ip', 'link', 'set', 'lo', 'up'], {
    stdio: 'ignore',
    timeout: PROBE_MS,
  });
  return probe.status === 0;
}

/**
 * Program of the process inside: brings loopback up, carries the stand-in's port over a socket file to the outside, then
 * runs the command and ends as it ends.
 */
const INSIDE = `
const [port, socket, command, ...args] = process.argv.slice(1);
const { spawn, spawnSync } = require('node:child_process');
const net = require('node:net');
if (spawnSync('ip', ['link', 'set', 'lo', 'up']).status !== 0) process.exit(125);
const relay = net.createServer((near) => {
  const far = net.connect(socket);
  near.on('error', () => far.destroy()).pipe(far).on('error', () => near.destroy()).pipe(near);
});
relay.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.on('error', () => process.exit(127));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 137));
});`;

/** The command that runs another one in a network that holds nothing but the stand-in. */
export function inOwnNetwork(argv: readonly string[], port: number, socket: string): readonly string[] {
  return ['unshare', ...UNSHARE, process.execPath, '-e', INSIDE, '--', String(port), socket, ...argv];
}

/** The outer half: whoever connects to the socket file speaks to the stand-in. Resolves to the way to end it. */
export async function relayFrom(socket: string, host: string, port: number): Promise<() => void> {
  const server = createServer((near) => {
    const far = connect(port, host);
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  return () => {
    server.close();
  };
}
