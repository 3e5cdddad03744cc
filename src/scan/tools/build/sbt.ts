import type { Call } from '../../shell/call.ts';
import { readBuildScript } from './script.ts';

const DEFINITION = /^(?:build\.(?:sbt|sc|mill)|project\/[^/]+\.(?:sbt|scala)|[^/]+\/build\.sbt)$/u;

/** `sbt` and `mill`: resolvers of the build definition; `publish` writes to the one that `publishTo` names. */
export function sbt(call: Call): void {
  const publishes = call.args.some(({ value }) => /publish/iu.test(value));
  for (const path of call.workspace.checkout.paths.filter((name) => DEFINITION.test(name))) {
    const lines = call.workspace.lines(call.workspace.absolute(path), call.state) ?? [];
    const uploads = lines.map(({ text }) => /\bpublishTo\b/u.test(text));
    readBuildScript(lines, call, { reports: (row) => uploads[row] !== true });
    if (publishes) readBuildScript(lines, call, { method: 'PUT', reports: (row) => uploads[row] === true });
  }
}
