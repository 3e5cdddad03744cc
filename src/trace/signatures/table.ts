import { GIT } from './git.ts';
import { SENTENCES } from './gitlab.ts';
import { HTTP } from './http.ts';
import { PACKAGES } from './packages/index.ts';
import { REGISTRIES } from './registries.ts';
import type { ClientStatus, Signature } from './row.ts';

/**
 * How clients print a refusal, one row per wording; the first match of a line counts, so the particular ones come first. A line
 * that holds a URL of the instance and a bare status needs no row.
 */
export const CLIENT_STATUSES: readonly ClientStatus[] = [...GIT, ...PACKAGES, ...REGISTRIES, ...HTTP];

/** The whole table: GitLab's own words before those of clients. */
export const SIGNATURES: readonly Signature[] = [...SENTENCES, ...CLIENT_STATUSES];
