import type { Statement } from '../../syntax.ts';
import { assigned } from './assignments.ts';
import { argument, pipeline } from './commands.ts';
import { block } from './definitions.ts';
import { expression, operation } from './expressions.ts';
import type { Grammar } from './reader.ts';
import { Reader } from './reader.ts';
import { script, statement, statements } from './statements.ts';
import { group, operand, subExpression } from './values.ts';

const GRAMMAR: Grammar = {
  statement,
  statements,
  pipeline,
  assigned,
  expression,
  operation,
  operand,
  group,
  subExpression,
  block,
  caseLabel: (reader) =>
    reader.is('{') ? block(reader) : reader.peek(/["'$(@\d[-]/uy) ? operand(reader) : argument(reader),
};

/** Reads a program in PowerShell; what is not understood is left out. */
export const readPowerShell = (text: string): readonly Statement[] => script(new Reader(text, GRAMMAR));
