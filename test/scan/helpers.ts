import type { ScanContext, ScanResult } from '../../src/scan/index.ts';
import { scan } from '../../src/scan/index.ts';

/** Scans files of the invented project `shop/web/cart` on `https://gitlab.example.com`. */
export function scanFiles(
  files: Readonly<Record<string, string>>,
  context: Partial<ScanContext> = {},
  gitlabUrl = 'https://gitlab.example.com',
): ScanResult {
  return scan({ caller: 'shop/web/cart', gitlabUrl, files: new Map(Object.entries(files)), context });
}

/** `callee access policies` of each edge, sorted. */
export function edgesOf(result: ScanResult): readonly string[] {
  return result.edges.map(({ callee, access, policies }) => [callee, access, ...policies].join(' ')).sort();
}

/** A pipeline of one job. */
export const job = (...script: readonly string[]): Record<string, string> => ({
  '.gitlab-ci.yml': JSON.stringify({ job: { script } }),
});

export const CLONE = 'git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@${CI_SERVER_HOST}/';
