import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { registerEvidenceImport } from './import.ts';
import { registerEvidenceShow } from './show.ts';

/** `tidegate evidence`: what was seen, and by which source. */
export function registerEvidence(program: Command, context: CliContext): void {
  const evidence = program
    .command('evidence')
    .description('what was seen by which source: show; import from files')
    .addHelpText('after', '\nExample:\n  $ tidegate evidence show');
  registerEvidenceShow(evidence, context);
  registerEvidenceImport(evidence, context);
}
