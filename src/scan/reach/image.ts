import { hasToken } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import type { ShellState } from '../shell/state.ts';
import type { Workspace } from '../shell/workspace.ts';

/** Whether a login for the instance's registry with the job token is at hand. */
function registryLogin(state: ShellState, workspace: Workspace): boolean {
  const note = state.notes.get('registry login');
  if (note) return hasToken(note.value);
  const config = state.value('DOCKER_CONFIG');
  const paths = [
    '~/.docker/config.json',
    '/kaniko/.docker/config.json',
    state.value('REGISTRY_AUTH_FILE') ?? '~/.config/containers/auth.json',
  ];
  if (config !== undefined) paths.push(`${config}/config.json`);
  if (paths.some((path) => hasToken(workspace.text(path, state) ?? ''))) return true;
  return hasToken(state.value('DOCKER_AUTH_CONFIG') ?? '');
}

/** Reports an image that is pulled, if the registry login is the job token. */
export function pull(call: Call, image: Arg, trusted = false): void {
  if (!trusted && !registryLogin(call.state, call.workspace)) return;
  call.findings.image(image.value, { at: image.at });
}
