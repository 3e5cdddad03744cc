import {
  addedText,
  calleeDifferences,
  comparable,
  droppedText,
  heldDifferences,
  type Placed,
} from '../../domain/plan/plan-diff.ts';
import type { ProjectId } from '../../domain/values.ts';
import { digestOf } from './plan-hash.ts';
import { pagesOf, type PlanReader } from './plan-reader.ts';

/** Where a callee stands in a plan, and what is done to it, as a digest. */
interface Place {
  readonly wave: number;
  readonly position: number;
  readonly path: string;
  readonly digest: string;
}

/** What differs between two plans, one line per callee and change; nothing when they mean the same. */
export async function* planDifferences(before: PlanReader, after: PlanReader): AsyncGenerator<string> {
  const left = await placesOf(before);
  for (const { number } of after.head.waves) {
    for await (const page of pagesOf(after, number)) {
      for (const callee of page) {
        const is: Placed = { callee, wave: number };
        const place = left.get(callee.id);
        left.delete(callee.id);
        if (!place) yield addedText(is);
        else if (place.wave !== number || place.digest !== digestOf(comparable(callee))) {
          const [was] = await before.page(place.wave, place.position, 1);
          if (was) yield* calleeDifferences({ callee: was, wave: place.wave }, is);
        }
      }
    }
  }
  for (const { path } of left.values()) yield droppedText(path);
  yield* heldDifferences(await before.held(), await after.held());
}

async function placesOf(plan: PlanReader): Promise<Map<ProjectId, Place>> {
  const places = new Map<ProjectId, Place>();
  for (const { number } of plan.head.waves) {
    let position = 0;
    for await (const page of pagesOf(plan, number)) {
      for (const callee of page) {
        places.set(callee.id, { wave: number, position, path: callee.path, digest: digestOf(comparable(callee)) });
        position += 1;
      }
    }
  }
  return places;
}
