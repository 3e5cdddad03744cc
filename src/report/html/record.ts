import { denialOutcome } from '../model/denials.ts';
import { FINDINGS } from '../labels.ts';
import { count, number } from '../text.ts';
import type { Report } from '../model/types.ts';
import { chip, facts, path, table, time, type Tone } from './parts.ts';
import { html, type Html } from './tag.ts';

/** What the evidence could not see: stated, so that nobody takes silence for absence. */
export function evidenceSection({ completeness }: Report): Html {
  const { inventories, firstInventoryAt, lastInventoryAt, limits } = completeness;
  return html`<section id="evidence">
    <h2>What the evidence could not see</h2>
    ${facts([
      ['Inventories', number(inventories)],
      ['First', time(firstInventoryAt)],
      ['Last', time(lastInventoryAt)],
    ])}${
      limits.length === 0
        ? html`<p class="soft">No blind spot is known.</p>`
        : limits.map(({ text, projects }) =>
            projects.length === 0
              ? html`<p>${text}</p> `
              : html`<details${projects.length <= 8 ? html` open` : null}><summary>${text} ${chip(number(projects.length), 'doubt')}</summary><ul class="plain">${projects.map((name) => html`<li>${path(name)}</li>`)}</ul></details>
`,
          )
    }
  </section> `;
}

const FINDING_TONES: Readonly<Partial<Record<Report['findings'][number]['kind'], Tone>>> = {
  denial: 'bad',
  'late-denial': 'bad',
  'callee-failed': 'bad',
  unread: 'doubt',
  drift: 'doubt',
};

/** Refused accesses, one per edge; names of owners without an at sign, which would call nobody from here. */
export function denialSection({ denials }: Report): Html | null {
  if (denials.length === 0) return null;
  const rows = denials.map(
    (denial) =>
      html`<tr>
        <th scope="row">${path(denial.caller)} → ${denial.callee === null ? '?' : path(denial.callee)}</th>
        <td>${chip(denial.state, DENIAL_TONES[denial.state])}</td>
        <td class="time">${time(denial.last)}</td>
        <td>${count(denial.count, 'job')}: ${denial.jobs.map(({ name }) => name).join(', ')}</td>
        <td class="why">${denial.reason}${denial.quote === null ? null : html`<br /><code>${denial.quote}</code>`}</td>
        <td class="why">${denialOutcome(denial)}</td>
        <td>${denial.owners.join(', ')}</td>
      </tr> `,
  );
  const heads = ['Edge', 'State', 'Last', 'Failed jobs', 'Why', 'Outcome', 'Owners'];
  return html`<section id="denials">
    <h2>Refused accesses</h2>
    ${table('Refused accesses', heads, rows, { sort: true, untitled: true })}
  </section> `;
}

const DENIAL_TONES = { open: 'bad', resolved: 'good', expected: 'idle' } as const;

/** What a person should look at, latest first. */
export function findingSection({ findings }: Report): Html {
  const rows = findings.toReversed().map(
    ({ at, kind, subject, text }) =>
      html`<tr>
        <td class="time">${time(at)}</td>
        <td>${chip(FINDINGS[kind], FINDING_TONES[kind] ?? 'idle')}</td>
        <th scope="row">${path(subject)}</th>
        <td class="why">${text}</td>
      </tr> `,
  );
  return html`<section id="findings">
    <h2>Findings</h2>
    ${rows.length === 0 ? html`<p class="soft">None.</p>` : table('Findings', ['When', 'Kind', 'Subject', 'Finding'], rows, { sort: true, untitled: true })}
  </section> `;
}

/** The anchor makes a later truncation of the ledger show: whoever keeps this file can tell. */
export function ledgerSection({ ledger, plan }: Report): Html {
  const state = ledger.problem === null ? chip('the chain adds up', 'good') : chip(ledger.problem, 'bad');
  return html`<section id="ledger">
    <h2>Ledger</h2>
    <p>${count(ledger.rows, 'row')}, each holding the hash of the one before. ${state}</p>
    <p>
      Anchor, the hash of the last row. Keep it elsewhere; <code>tidegate ledger verify --anchor HASH</code> compares.
    </p>
    <div class="anchor">${ledger.anchor === '' ? '–' : ledger.anchor}</div>
    ${
      plan === null
        ? null
        : facts([
            ['Current plan', html`<code>${plan.hash}</code>`],
            ['Computed', time(plan.createdAt)],
            [
              'Instance switch',
              plan.noSwitchBecause === null ? 'part of the plan' : `not part of it: ${plan.noSwitchBecause}`,
            ],
          ])
    }
  </section> `;
}
