import type { JudgedSweep } from '../../../engine/ports.ts';
import { jsonReader, type JsonReader } from './json.ts';
import { judgedSchema } from './schemas.ts';

/** The column `sweeps.judgement`; numbers that an earlier version did not count are filled in. */
export const readJudged: JsonReader<JudgedSweep> = jsonReader(judgedSchema);
