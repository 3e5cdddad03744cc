import { connect, createServer } from 'node:net';

/**
 * First program inside a network of its own: brings loopback up, carries the stand-in's port over a socket file to the outside,
 * then runs the command and ends as it ends. It also ends when its input does, which is when the stand-in is gone.
 */
const INSIDE = `
const [port, socket, command, ...args] = process.argv.slice(1);
const { spawn, spawnSync } = require('node:child_process');
const net = require('node:net');
if (spawnSync('ip', ['link', 'set', 'lo', 'up']).status !== 0) process.exit(125);
process.stdin.on('end', () => process.exit(137)).resume();
const relay = net.createServer((near) => {
  const far = net.connect(socket);
  near.on('error', () => far.destroy()).pipe(far).on('error', () => near.destroy()).pipe(near);
});
relay.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', () => process.exit(127));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 137));
});`;

/** The command that carries the stand-in's port into its network and then runs another one. */
export function withRelay(argv: readonly string[], port: number, socket: string): readonly string[] {
  return [process.execPath, '-e', INSIDE, '--', String(port), socket, ...argv];
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
