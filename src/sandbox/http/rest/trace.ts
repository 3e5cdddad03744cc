import type { JobRun } from '../../world/world.ts';
import type { Call, Stand } from '../env.ts';

const ENCODER = new TextEncoder();

/**
 * A job's log as a stream of UTF-8. GitLab's route writes the whole log whatever `Range` asks for (`lib/api/ci/jobs.rb`); a
 * quirk lets a part be had, as behind a proxy that cuts answers itself: 206 with `Content-Range`, 416 past the end.
 */
export function traceResponse(stand: Stand, call: Call, job: JobRun): Response {
  const chunks = stand.world.trace(job.id) ?? [];
  call.header('Content-Type', 'text/plain');
  call.header('Content-Disposition', `infile; filename="${job.id}.log"`);
  call.header('X-Content-Type-Options', 'nosniff');
  if (!stand.can.traceRange) return call.body(streamOf(chunks));
  const range = /^bytes=(\d*)-(\d*)$/.exec(call.req.header('range') ?? '');
  if (range === null || (range[1] === '' && range[2] === '')) return call.body(streamOf(chunks));
  return partOf(call, chunks, range[1] ?? '', range[2] ?? '');
}

function partOf(call: Call, chunks: Iterable<string>, from: string, to: string): Response {
  const bytes = Buffer.concat([...chunks].map((chunk) => Buffer.from(chunk, 'utf8')));
  const start = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  if (start >= bytes.length || end < start) {
    call.header('Content-Range', `bytes */${bytes.length}`);
    return call.body(null, 416);
  }
  call.header('Content-Range', `bytes ${start}-${end}/${bytes.length}`);
  return call.body(new Uint8Array(bytes.subarray(start, end + 1)), 206);
}

/** Pulls one chunk at a time, so that a long log is never whole in memory. */
function streamOf(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(ENCODER.encode(next.value));
    },
    cancel() {
      iterator.return?.();
    },
  });
}
