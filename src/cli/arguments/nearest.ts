import { distance } from 'fastest-levenshtein';

/** The closest of the known words, when it is close enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(best.candidate.length / 2)) ? best.candidate : null;
}
