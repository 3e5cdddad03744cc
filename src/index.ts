/**
 * The library behind the command line: pure parts that other programs may build on. The rollout itself is driven by
 * `tidegate tick`.
 */
export { compact, type Compaction, type CompactionInput, type EntryLimit } from './domain/compaction/compaction.ts';
export { decideAccess, nearestEntry, needsEntry } from './domain/access/access.ts';
export { judge, type SoakObservation, type Judgement, type Verdict } from './domain/watch/gate.ts';
export { playbookSchema, type Playbook } from './domain/playbook.ts';
export { adviceFor, diagnose, type Advice, type Diagnosis, type TraceContext } from './trace/index.ts';
export { scan, type ScanInput, type ScanResult } from './scan/index.ts';
