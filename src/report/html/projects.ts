import { count, number } from '../text.ts';
import type { ReportProject, Setting } from '../model/types.ts';
import { chip, chunked, filter, table, type Tone } from './parts.ts';
import { html, type Html } from './tag.ts';

const TONES: Readonly<Record<Setting, Tone>> = { enforced: 'good', open: 'doubt', unread: 'bad' };
const TITLES: Readonly<Record<Setting, string>> = { unread: 'Not readable', open: 'Open', enforced: 'Enforced' };
const SETTINGS = ['unread', 'open', 'enforced'] as const;
const PER_TABLE = 200;
const OPEN_UP_TO = 40;

/** Every project in scope: what could not be read first, then what is open, then what is enforced. */
export function projectSection(projects: readonly ReportProject[]): Html {
  return html`<section id="projects">
    <h2>Projects</h2>
    ${projects.length === 0 ? html`<p class="soft">No project was read yet.</p>` : filter('projects', 'Find a project', { label: 'Show', states: [...SETTINGS, 'held', 'archived'] })}${SETTINGS.map(
      (setting) =>
        settingGroup(
          setting,
          projects.filter((project) => project.setting === setting),
        ),
    )}
  </section> `;
}

function settingGroup(setting: Setting, projects: readonly ReportProject[]): Html | null {
  if (projects.length === 0) return null;
  const head = ['Project', 'Visibility', 'Entries', 'Callers', 'Wave', 'Held back', 'Not seen'];
  const parts: (readonly ReportProject[])[] = [];
  for (let start = 0; start < projects.length; start += PER_TABLE) {
    parts.push(projects.slice(start, start + PER_TABLE));
  }
  const tables = chunked(
    parts,
    (part) =>
      html`${table(`Projects: ${TITLES[setting].toLowerCase()}`, head, part.map(projectRow), { sort: true, untitled: true })}`,
    (part) => part.length,
  );
  return html`<details data-name="" ${projects.length <= OPEN_UP_TO ? html` open` : null}>
    <summary>${TITLES[setting]} ${chip(count(projects.length, 'project'), TONES[setting])}</summary>
    ${tables}
  </details> `;
}

function projectRow(project: ReportProject): Html {
  const words = [project.setting, project.heldBecause === null ? '' : 'held', project.archived ? 'archived' : ''];
  return html`<tr data-state="${words.filter((word) => word !== '').join(' ')}">
    <th scope="row" class="path">${project.path}</th>
    <td>${project.visibility}${project.archived ? html` <span class="soft">archived</span>` : null}</td>
    <td>${number(project.entries)}</td>
    <td>${number(project.callers)}</td>
    <td>${project.wave === null ? '–' : number(project.wave)}</td>
    <td class="why">${project.heldBecause ?? '–'}</td>
    <td class="why">${project.unseen.length === 0 ? '–' : project.unseen.join('; ')}</td>
  </tr> `;
}
