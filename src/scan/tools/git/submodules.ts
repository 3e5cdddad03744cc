import { readSubmodules } from '../../files/gitmodules.ts';
import { hasUnknown, withoutLikely } from '../../marks.ts';
import { parseArgs, valuesOf } from '../../shell/call.ts';
import type { Git } from './reach.ts';
import { reach } from './reach.ts';

/** `git submodule`. */
export function submodule(context: Git): void {
  const { call, args } = context;
  const parsed = parseArgs(args, new Set(['b', 'branch', 'name', 'reference', 'depth', 'j', 'jobs', 'path']));
  const [verb, ...paths] = parsed.operands;
  if (verb?.value === 'add' && paths[0]) reach(context, paths[0], 'submodule');
  if (verb?.value === 'set-url' && paths[0] && paths[1])
    call.state.note(`submodule url of ${paths[0].value.replace(/\/+$/u, '')}`, paths[1].value, paths[1].at);
  if (verb?.value === 'foreach') {
    const command = paths.length === 1 ? [{ value: 'sh', at: call.at }, { value: '-c', at: call.at }, ...paths] : paths;
    call.shell.rerun(call, command);
  }
  if (verb?.value !== 'update') return;
  const text = call.workspace.lines('.gitmodules', call.state);
  if (!text) return;
  // A path that is not known may be any of them.
  const named = valuesOf(paths).map((path) => withoutLikely(path).replace(/\/+$/u, ''));
  const wanted = named.some(hasUnknown) ? [] : named;
  for (const module of readSubmodules(text)) {
    if (wanted.length > 0 && !wanted.some((path) => path === module.path || path === '.')) continue;
    if (module.update === 'none' || call.state.notes.get(`submodule.${module.name}.update`)?.value === 'none') continue;
    const given = context.urls.get(`submodule.${module.name}.url`);
    const { notes } = call.state;
    const noted = notes.get(`submodule.${module.name}.url`) ?? notes.get(`submodule url of ${module.path}`);
    const override = given === undefined ? noted : { value: given, at: call.at };
    const written = override?.value ?? module.url;
    const base = call.state.value('CI_REPOSITORY_URL') ?? '';
    const url = /^\.\.?\//u.test(written) ? relativeUrl(base, written) : written;
    reach(context, { value: url, at: override?.at ?? module.at }, 'submodule');
  }
}

/** `../x.git` against the address of the superproject, as git resolves it. */
export function relativeUrl(base: string, relative: string): string {
  let url = base.replace(/\/+$/u, '');
  let rest = relative;
  for (;;) {
    if (rest.startsWith('../')) {
      const cut = url.lastIndexOf('/');
      if (cut < url.indexOf('://') + 3) return relative;
      url = url.slice(0, cut);
      rest = rest.slice(3);
    } else if (rest.startsWith('./')) rest = rest.slice(2);
    else return `${url}/${rest}`;
  }
}
