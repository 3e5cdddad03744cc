import { Hono } from 'hono';
import { authenticated } from '../authenticate.ts';
import { projectUrl, time, userBasic } from '../entities/basics.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { forbidden, invalidParameter, notFound } from '../answers/errors.ts';
import type { Issue, IssueEdit, Note } from '../issues.ts';
import { integerParam, levelOn, projectOf } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { bodyParams, optionalChoice, optionalText, queryParams, textList, type Params } from '../params.ts';

/** Issues and notes: how a tool reaches the owners of a project. */
export function issueRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { issues } = stand;
  routes.get('/projects/:id/issues', (call) => {
    const params = queryParams(call);
    const list = issues.list(projectOf(stand, call).id).filter(issueFilter(params));
    return call.json(offsetPage(call, params, counted(list)).map((issue) => issueEntity(stand, issue)));
  });
  routes.get('/projects/:id/issues/:issue_iid', (call) => call.json(issueEntity(stand, issueOf(stand, call))));
  routes.post('/projects/:id/issues', async (call) => {
    const viewer = authenticated(call);
    const params = await bodyParams(call);
    const title = optionalText(params, 'title');
    if (title === null) throw invalidParameter(params['title'] === undefined ? 'title is missing' : 'title is empty');
    const project = projectOf(stand, call);
    // Any reader of a public project may open an issue, elsewhere it takes a Guest.
    if (project.visibility === 'private' && levelOn(stand.world, viewer, project) < 10) throw forbidden();
    const draft = { title, description: optionalText(params, 'description'), labels: labelsOf(params) };
    return call.json(issueEntity(stand, issues.open(project.id, draft, viewer.user, stand.world.now())), 201);
  });
  routes.put('/projects/:id/issues/:issue_iid', async (call) => {
    const viewer = authenticated(call);
    const params = await bodyParams(call);
    const issue = issueOf(stand, call);
    if (issue.author.id !== viewer.user.id && levelOn(stand.world, viewer, projectOf(stand, call)) < 15)
      throw forbidden();
    return call.json(issueEntity(stand, issues.edit(issue, issueEdit(params), stand.world.now())));
  });
  noteRoutes(stand, routes);
  return routes;
}

function noteRoutes(stand: Stand, routes: Routes): void {
  const path = '/projects/:id/issues/:issue_iid/notes';
  routes.get(path, (call) => {
    const notes = [...issueOf(stand, call).notes].reverse();
    return call.json(offsetPage(call, queryParams(call), counted(notes)).map((note) => noteEntity(stand, note)));
  });
  routes.post(path, async (call) => {
    const viewer = authenticated(call);
    const body = optionalText(await bodyParams(call), 'body');
    if (body === null) throw invalidParameter('body is missing');
    const note = stand.issues.addNote(issueOf(stand, call), body, viewer.user, stand.world.now());
    return call.json(noteEntity(stand, note), 201);
  });
}

function issueOf(stand: Stand, call: Call): Issue {
  const issue = stand.issues.find(projectOf(stand, call).id, integerParam(call, 'issue_iid'));
  if (issue === null) throw notFound('Issue');
  return issue;
}

function labelsOf(params: Params): readonly string[] {
  return textList(params, 'labels')
    .flatMap((text) => text.split(','))
    .map((label) => label.trim())
    .filter((label) => label !== '');
}

function issueEdit(params: Params): IssueEdit {
  const title = optionalText(params, 'title');
  const description = optionalText(params, 'description');
  const event = optionalChoice(params, 'state_event', ['close', 'reopen']);
  return {
    ...(title === null ? {} : { title }),
    ...(description === null ? {} : { description }),
    ...(params['labels'] === undefined ? {} : { labels: labelsOf(params) }),
    ...(event === null ? {} : { state: event === 'close' ? ('closed' as const) : ('opened' as const) }),
  };
}

function issueFilter(params: Params): (issue: Issue) => boolean {
  const state = optionalChoice(params, 'state', ['opened', 'closed', 'all']) ?? 'all';
  const search = optionalText(params, 'search')?.toLowerCase() ?? '';
  const labels = labelsOf(params);
  return (issue) =>
    (state === 'all' || issue.state === state) &&
    labels.every((label) => issue.labels.includes(label)) &&
    `${issue.title}\n${issue.description ?? ''}`.toLowerCase().includes(search);
}

function issueEntity(stand: Stand, issue: Issue): Record<string, unknown> {
  const project = stand.world.projectById(issue.projectId);
  return {
    id: issue.id,
    iid: issue.iid,
    project_id: issue.projectId,
    title: issue.title,
    description: issue.description,
    state: issue.state,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: issue.state === 'closed' ? time(issue.updatedAt) : null,
    labels: issue.labels,
    assignees: [],
    author: userBasic(stand.world, issue.author),
    type: 'ISSUE',
    issue_type: 'issue',
    confidential: false,
    user_notes_count: issue.notes.length,
    web_url: project === null ? null : `${projectUrl(stand.world, project)}/-/issues/${issue.iid}`,
  };
}

function noteEntity(stand: Stand, note: Note): Record<string, unknown> {
  return {
    id: note.id,
    type: null,
    body: note.body,
    author: userBasic(stand.world, note.author),
    created_at: time(note.at),
    updated_at: time(note.at),
    system: false,
    noteable_type: 'Issue',
    resolvable: false,
    confidential: false,
    internal: false,
  };
}
