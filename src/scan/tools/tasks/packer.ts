import type { HclBlock, HclValue } from '../../files/hcl.ts';
import { allBlocks, literalOf, readHcl } from '../../files/hcl.ts';
import type { Call } from '../../shell/call.ts';
import { linesSource, parseArgs } from '../../shell/call.ts';
import { matching } from '../manifests/manifest.ts';
import { fileLines } from '../../reach/packages.ts';

/** `packer build`: what its files run on the machine of the job. Other provisioners run in the machine that is built. */
export function packer(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['var', 'var-file', 'only', 'except', 'on-error']));
  const [verb, target] = parsed.operands;
  if (verb?.value !== 'build') return;
  const path = target?.value ?? '.';
  const files = /\.hcl$/u.test(path) ? [path] : matching(call, `${path}/*.pkr.hcl`);
  for (const block of files.flatMap((file) => allBlocks(readHcl(fileLines(call, file))))) {
    const [kind] = block.labels;
    if (!/^(?:provisioner|post-processor)$/u.test(block.type)) continue;
    if (kind === 'shell-local') local(call, block);
    const playbook = textOf(block.attributes.get('playbook_file'));
    if (kind === 'ansible' && playbook !== null)
      call.shell.rerun(call, [
        { value: 'ansible-playbook', at: block.at },
        { value: playbook, at: block.at },
      ]);
  }
}

const textOf = (value: HclValue | undefined): string | null => (value ? literalOf(value.text) : null);

function local(call: Call, { attributes }: HclBlock): void {
  const inline = attributes.get('inline')?.items ?? [];
  const lines = [...inline, attributes.get('command')].flatMap((value) => {
    const text = textOf(value);
    return text === null || !value ? [] : [{ text, at: value.at }];
  });
  if (lines.length > 0) call.shell.runChild(linesSource(lines), [], call);
  for (const value of [attributes.get('script'), ...(attributes.get('scripts')?.items ?? [])]) {
    const path = textOf(value);
    if (path !== null) call.shell.runFile(path, [], call);
  }
}
