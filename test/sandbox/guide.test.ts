import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { QUIRKS, startSandbox } from '../../src/sandbox/index.ts';
import { faultRuleSchema } from '../../src/sandbox/http/faults/schema.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const GUIDE = read('docs/guides/stand-in.md');
const [organisation = '', faults = ''] = [...GUIDE.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text);

it("starts with the guide's organisation and faults", async () => {
  expect(organisation).toContain('projects:');
  expect(faults).toContain('what:');
  const running = await startSandbox({ organisation: { kind: 'text', text: organisation }, faults });
  expect((await fetch(`${running.url}/api/v4/version`)).status).toBeGreaterThan(0);
  await running.close();
});

it('has every kind of fault in the guide and every quirk in the help', () => {
  const kinds = faultRuleSchema.options.map((rule) => rule.shape.what.value);
  for (const kind of kinds) expect(GUIDE).toContain(`\`${kind}\``);
  const help = read('src/cli/commands/sandbox.ts');
  for (const quirk of Object.keys(QUIRKS)) expect(help).toContain(`${quirk}=`);
});
