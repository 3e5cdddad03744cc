// Writes playbooks/playbook.schema.json, by which editors complete and check playbooks, from the schema in the source.
// With --check it changes nothing and fails when the file is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { register } from 'tsx/esm/api';
import { z } from 'zod';

const file = new URL('../playbooks/playbook.schema.json', import.meta.url);
const unregister = register();
const { playbookSchema } = await import(new URL('../src/domain/playbook.ts', import.meta.url).href);
const { durationSchema } = await import(new URL('../src/domain/duration-schema.ts', import.meta.url).href);
await unregister();

/** A transform has no form in JSON Schema; what a duration looks like is known here. */
function describeDuration({ zodSchema, jsonSchema }) {
  if (zodSchema.def.out !== undefined && zodSchema.def.out === durationSchema.def.out) {
    jsonSchema.pattern = '^\\d{1,6}[smhdw]$';
  }
}

const schema = z.toJSONSchema(playbookSchema, { io: 'input', override: describeDuration });
const titled = { title: 'Tidegate playbook', ...schema };
const text = await format(JSON.stringify(titled), { parser: 'json', printWidth: 120 });
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('playbooks/playbook.schema.json is not current; run: node scripts/playbook-schema.mjs');
  process.exitCode = 1;
}
