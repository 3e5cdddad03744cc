import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** When a process started, in clock ticks since boot; null where the system does not tell or it is gone. */
function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold spaces; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Names this process so that another one of the same machine can tell whether it still runs: `host/pid/start`. */
export function holderName(host: string): string {
  return `${host}/${process.pid}/${startedAt(process.pid) ?? ''}`;
}

/**
 * Has that holder died? Only ever true for a process of this machine; a holder on another one is waited for. The start
 * time tells a process that was killed from a new one that was given its number.
 */
export function isGone(holder: string): boolean {
  const [host, pidText, start] = holder.split('/');
  const pid = Number(pidText);
  if (host !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startedAt(pid);
  return start !== undefined && start !== '' && now !== null && now !== start;
}
