import type { Tool } from '../shell/call.ts';
import { compose, crane, docker, imageScanner, kaniko, skopeo } from './container.ts';
import { git } from './git.ts';
import { curl, httpie, wget } from './http.ts';
import { interpreterOf } from './program.ts';
import { WRAPPERS } from './wrappers.ts';

/** Every program the scan understands, by name. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ...WRAPPERS,
  ['git', git],
  ['curl', curl],
  ['wget', wget],
  ['http', httpie],
  ['https', httpie],
  ['docker', docker],
  ['podman', docker],
  ['nerdctl', docker],
  ['buildah', docker],
  ['docker-compose', compose],
  ['executor', kaniko],
  ['kaniko', kaniko],
  ['skopeo', skopeo],
  ['crane', crane],
  ['gcrane', crane],
  ['regctl', crane],
  ['oras', crane],
  ['trivy', imageScanner],
  ['grype', imageScanner],
  ['syft', imageScanner],
  ['python', interpreterOf('python')],
  ['python3', interpreterOf('python')],
  ['ruby', interpreterOf('ruby')],
  ['node', interpreterOf('javascript')],
  ['perl', interpreterOf('perl')],
  ['php', interpreterOf('php')],
  ['pwsh', interpreterOf('powershell')],
  ['powershell', interpreterOf('powershell')],
]);
