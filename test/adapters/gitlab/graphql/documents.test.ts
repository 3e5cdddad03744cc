import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  activityDocument,
  inventoryDocument,
  pathsDocument,
  projectsByIdDocument,
} from '../../../../src/adapters/gitlab/graphql/documents.ts';
import { severalPagesDocument } from '../../../../src/adapters/gitlab/graphql/documents-again.ts';
import { innerListsDocument } from '../../../../src/adapters/gitlab/graphql/documents-lists.ts';
import {
  ADD_FINE_GRAINED,
  SET_ENFORCEMENT,
  UPDATE_POLICIES,
} from '../../../../src/adapters/gitlab/graphql/mutations.ts';

const SCHEMA = new URL('../../../../../shared/gitlab/schema.graphql', import.meta.url);
const PARTS = { entries: true, log: true, entryDefaults: true, archivedArgument: true, crossPush: true };
const ALL_LISTS = { projects: 'a', groups: 'b', log: 'c' };
const LOG_ALONE = { projects: null, groups: null, log: 'c' };
const FIELDS = { totalJobs: true, failedJobsCount: true, warnings: false, retriedJobs: true };

// Visible as skipped where GitLab's schema is not beside the repository.
describe.skipIf(!existsSync(SCHEMA))("GitLab's schema", () => {
  const schema = buildSchema(existsSync(SCHEMA) ? readFileSync(SCHEMA, 'utf8') : 'type Query { a: Int }');

  it.each([
    { name: 'a group', document: inventoryDocument('group', PARTS) },
    { name: 'everything', document: inventoryDocument('all', PARTS) },
    {
      name: 'a group on an old server',
      document: inventoryDocument('group', { ...PARTS, entries: false, log: false }),
    },
    { name: 'named projects', document: projectsByIdDocument(PARTS) },
    { name: 'long lists', document: innerListsDocument(Array(3).fill(ALL_LISTS), PARTS) },
    { name: 'long logs', document: innerListsDocument(Array(12).fill(LOG_ALONE), PARTS) },
    { name: 'several pages of a group', document: severalPagesDocument('group', PARTS, 4, { entries: 5, log: 40 }) },
    { name: 'several pages of everything', document: severalPagesDocument('all', PARTS, 2, { entries: 5, log: 40 }) },
    { name: 'paths', document: pathsDocument(true) },
    { name: 'activity of a group', document: activityDocument('group', FIELDS, true) },
    { name: 'activity of everything', document: activityDocument('all', FIELDS, true) },
    { name: 'adding', document: ADD_FINE_GRAINED },
    { name: 'policies', document: UPDATE_POLICIES },
    { name: 'enforcement', document: SET_ENFORCEMENT },
  ])('has all that the document for $name asks', ({ document }) => {
    expect(validate(schema, parse(document.text)).map(({ message }) => message)).toEqual([]);
    expect(document.text.length).toBeLessThan(10_000);
  });
});
