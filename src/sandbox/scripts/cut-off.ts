import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** What a script is kept away from, as far as this machine allows it. */
export interface CutOff {
  /** It reaches the stand-in and nothing else. */
  readonly network: boolean;
  /** It sees this machine's programs, which it cannot change, and its own folder. Never without `network`. */
  readonly files: boolean;
}

const PROBE_MS = 10_000;
/** Being root inside is what lets an ordinary user make namespaces; nothing in them outlives its first process. */
const UNSHARE = ['--map-root-user', '--net', '--pid', '--fork', '--kill-child'] as const;

/** Tries what a process can be kept from here: that takes Linux, `unshare`, `ip`, `mount` and the right to use them. */
export function probeCutOff(): CutOff {
  if (process.platform !== 'linux') return { network: false, files: false };
  const job = mkdtempSync(join(tmpdir(), 'tidegate-probe-'));
  const works = (cutOff: CutOff): boolean => {
    const [command = '', ...args] = commandFor(cutOff, ['sh', '-c', 'ip link set lo up && cd "$1"', 'sh', job], job);
    return spawnSync(command, args, { stdio: 'ignore', timeout: PROBE_MS }).status === 0;
  };
  try {
    if (works({ network: true, files: true })) return { network: true, files: true };
    return { network: works({ network: true, files: false }), files: false };
  } finally {
    rmSync(job, { recursive: true, force: true });
  }
}

/** The command that runs another one cut off; `job` is the folder that it may write to. */
export function commandFor({ network, files }: CutOff, argv: readonly string[], job: string): readonly string[] {
  if (!network) return argv;
  if (!files) return ['unshare', ...UNSHARE, '--', ...argv];
  const paths = [...SYSTEM, ...programFolders(process.env['PATH'] ?? '', dirname(process.execPath))];
  return ['unshare', ...UNSHARE, '--mount', '--', 'sh', '-c', OWN_ROOT, 'sh', job, paths.join('\n'), ...argv];
}

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix'] as const;

/**
 * Folders outside the system's own that programs of the PATH live in, with what they need beside them (`bin` and `lib` of one
 * prefix). A home folder itself is never one of them.
 */
export function programFolders(path: string, node: string, home = homedir()): readonly string[] {
  const folders = [...path.split(':'), node].flatMap((entry) => {
    if (!entry.startsWith('/') || entry.endsWith('/node_modules/.bin')) return [];
    if (SYSTEM.some((system) => entry === system || entry.startsWith(`${system}/`))) return [];
    const prefix = dirname(entry);
    if (prefix === home || prefix === '/') return [entry];
    // This prefix holds people's data too.
    return basename(prefix) === '.local' ? [entry, join(prefix, 'lib')] : [prefix];
  });
  return [...new Set(folders)].filter((folder) => folder !== home && !home.startsWith(`${folder}/`) && folder !== '/');
}

/**
 * Makes a root folder of its own in memory (mounted below the job's, where its empty place is found by nobody else), holds the given folders in it read-only, and the job's, which alone is written to
 * this machine's disk; then leaves the old one behind.
 */
const OWN_ROOT = `
set -eu
here=$PWD job=$1 paths=$2
shift 2
mount --make-rprivate /
root=$job/.root
mkdir "$root"
mount -t tmpfs -o size=256m,mode=755 none "$root"
seal() {
  findmnt -Rrno TARGET,VFS-OPTIONS "$1" | while read -r target options; do
    mount -o "remount,bind,ro,$(printf %s "$options" | tr , '\\n' | grep -E '^no(suid|dev|exec|atime|diratime)$|^relatime$' | paste -sd, -)" "$target"
  done
}
printf '%s\\n' "$paths" | while IFS= read -r path; do
  if [ -L "$path" ]; then
    mkdir -p "$root$(dirname "$path")"
    ln -s "$(readlink "$path")" "$root$path"
  elif [ -d "$path" ]; then
    mkdir -p "$root$path"
    mount --rbind "$path" "$root$path"
    seal "$root$path"
  fi
done
for secret in /etc/shadow /etc/gshadow; do
  [ ! -e "$root$secret" ] || mount --bind /dev/null "$root$secret"
done
mkdir -p "$root$job" "$root/proc" "$root/dev/shm" "$root/tmp" "$root/run" "$root/var/tmp" "$root/.old"
mount --bind "$job" "$root$job"
for device in null zero full random urandom tty; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc none "$root/proc"
cd "$root"
pivot_root . .old
umount -l /.old
cd "$here" 2> /dev/null || cd "$job"
exec "$@"`;
