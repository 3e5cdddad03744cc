import type { DetailedRun } from './runs.ts';
export function* traceOf(detail: DetailedRun, externalUrl: string): Generator<string> {
  yield `${detail.run.name} ${externalUrl}\n`;
}
