import { createHash } from 'node:crypto';
import { shortTime } from '../text.ts';
import type { Report, ReportNext } from '../model/types.ts';
import { edgeSection } from './edges.ts';
import { withCommands } from './parts.ts';
import { projectSection } from './projects.ts';
import { denialSection, evidenceSection, findingSection, ledgerSection } from './record.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { summary } from './summary.ts';
import { html, raw, type Html } from './tag.ts';
import { failureTable } from './failures.ts';
import { waveSection } from './waves.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** Nothing is loaded and nothing runs but the style and script below, by their hashes: a name that is code stays a name. */
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;

// Whole elements: a line break more between tag and text would be another hash.
const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = raw(`<script>${SCRIPT}</script>`);

const FOLDED = html`<p class="paper soft">
  Printed as it was unfolded on the screen; the CSV form of this report holds every edge.
</p>`;

const SECTIONS = [
  ['summary', 'Summary'],
  ['waves', 'Waves'],
  ['denials', 'Refused accesses'],
  ['edges', 'Edges'],
  ['projects', 'Projects'],
  ['evidence', 'Not seen'],
  ['findings', 'Findings'],
  ['ledger', 'Ledger'],
] as const;

/** From this many edges and projects on, paper shows what its reader unfolded: all of it would be some thousand pages. */
const VAST = 4_000;

/** The report as one self-contained HTML file: no network, and no script needed to read it. */
export function renderHtml(report: Report): string {
  const { rollout, generatedAt, tool } = report;
  const unseen = new Map(report.projects.map(({ path, unseen: words }) => [path, words]));
  const vast = report.edges.length + report.projects.length >= VAST;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Job token rollout of ${rollout.gitlabUrl}, ${shortTime(generatedAt)}</title>
        ${STYLE_ELEMENT}
      </head>
      <body ${vast ? html`class="vast"` : null}>
        ${head(report)} ${vast ? FOLDED : null}
        <nav aria-label="Sections">
          <ul>
            ${SECTIONS.filter(([id]) => id !== 'denials' || report.denials.length > 0).map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ul>
        </nav>
        <main>
          ${summary(report)}${waveSection(report.waves)}${denialSection(report)}${otherFailures(report)}${edgeSection(report.edges, unseen, report.groupEntries)}${projectSection(report.projects)}${evidenceSection(report)}${findingSection(report)}${ledgerSection(report)}
        </main>
        <footer>
          Made ${shortTime(generatedAt)} UTC by ${tool.name} ${tool.version} from the database of the rollout. Times are
          UTC. This file loads nothing and sends nothing.
        </footer>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `;
  return page.toString();
}

function head({ rollout, generatedAt, next }: Report): Html {
  const version = rollout.gitlabVersion === null ? '' : `GitLab ${rollout.gitlabVersion}, `;
  const instance =
    rollout.instanceEnforced === null
      ? 'instance switch not readable'
      : `instance switch ${rollout.instanceEnforced ? 'on' : 'off'}`;
  return html`<header>
    <h1>Job token rollout of ${rollout.gitlabUrl}</h1>
    <p class="meta">
      ${version}${instance}. Playbook ${rollout.playbook}, begun ${shortTime(rollout.createdAt)}; as of
      ${shortTime(generatedAt)} UTC.
    </p>
    <p class="standing">${rollout.standing}${rollout.paused ? ' Paused.' : ''}</p>
    ${nextBox(next)}
  </header> `;
}

/** What comes next: most of all, what waits for the reader. */
function nextBox(next: ReportNext | null): Html | null {
  if (next === null) return null;
  const when = next.notBefore === null ? '' : `, not before ${shortTime(next.notBefore)}`;
  return html`<p class="next ${next.person ? 'person' : 'machine'}">
    <strong>${next.person ? 'Waits for a person:' : 'Next:'}</strong>
    ${withCommands(`${next.what}${when}. ${next.how}`)}
  </p> `;
}

function otherFailures({ otherFailures: failures }: Report): Html | null {
  if (failures.length === 0) return null;
  return html`<section aria-label="Failed jobs outside the waves">
    <h3>Failed jobs outside the waves</h3>
    ${failureTable(failures)}
  </section> `;
}
