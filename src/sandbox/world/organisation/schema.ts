import { z } from 'zod';
import { DURATION_PATTERN } from './durations.ts';
import { ACCESS_KINDS, FEATURE_LEVELS, FEATURES, POLICIES, ROLES, VISIBILITIES } from '../vocabulary.ts';
import type { Role } from '../vocabulary.ts';

const PATH_SEGMENT = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const namespacePath = z.string().regex(new RegExp(`^${PATH_SEGMENT}(/${PATH_SEGMENT})*$`), 'is no group path');
const projectPath = z
  .string()
  .regex(new RegExp(`^${PATH_SEGMENT}(/${PATH_SEGMENT})+$`), 'is no project path (group/project)');
const duration = z.string().regex(DURATION_PATTERN, 'is no duration (a whole number and one of s m h d w)');
const period = duration.refine((text) => !/^0+[smhdw]$/.test(text), 'must be longer than nothing');
const policy = z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(POLICIES));

const entry = z
  .strictObject({
    project: projectPath.optional(),
    group: namespacePath.optional(),
    policies: z.array(policy).optional(),
  })
  .refine(
    (value) => (value.project === undefined) !== (value.group === undefined),
    'needs either "project" or "group"',
  );

/** A project of the organisation file; what is left out takes GitLab's default. */
export const projectSchema = z.strictObject({
  path: projectPath,
  id: z.int().positive().optional(),
  visibility: z.enum(VISIBILITIES).default('private'),
  archived: z.boolean().default(false),
  inboundEnabled: z.boolean().default(true),
  policiesEnabled: z.boolean().default(false),
  features: z.partialRecord(z.enum(FEATURES), z.enum(FEATURE_LEVELS)).default({}),
  allowlist: z.array(entry).default([]),
  files: z.record(z.string(), z.string()).default({}),
  forkedFrom: projectPath.optional(),
  protectedEnvironments: z.array(z.string().min(1).max(255)).default([]),
  terraformStates: z.array(z.string().min(1).max(255)).default([]),
  packages: z.array(z.string().regex(/^[A-Za-z0-9_][\w.+~@-]*$/, 'is no package name')).default([]),
});

/** A user with the role that each group or project gives it. */
export const userSchema = z.strictObject({
  name: z.string().regex(new RegExp(`^${PATH_SEGMENT}$`), 'is no user name'),
  admin: z.boolean().default(false),
  memberships: z.record(namespacePath, z.enum(Object.keys(ROLES) as [Role, ...Role[]])).default({}),
});

/** One access that a job makes. */
export const useSchema = z.strictObject({ callee: projectPath, access: z.enum(ACCESS_KINDS) });

/** A job and its schedule; `flaky` is the share of runs, 0 to 1, that fail by themselves. */
export const jobSchema = z.strictObject({
  project: projectPath,
  name: z.string().min(1).max(255),
  every: period.default('1d'),
  at: duration.default('0s'),
  user: z.string().optional(),
  allowFailure: z.boolean().default(false),
  flaky: z.number().min(0).max(1).default(0),
  schedule: z.boolean().default(false),
  uses: z.array(useSchema).default([]),
  script: z.array(z.string().min(1)).min(1).optional(),
  timeout: period.optional(),
  variables: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'is no variable name'), z.string()).optional(),
  artifacts: z.record(z.string().min(1), z.string()).optional(),
});

/** The organisation file; an unknown key is an error. */
export const organisationSchema = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?(-[a-z]+)?$/, 'is no GitLab version (MAJOR.MINOR.PATCH)')
    .default('18.5.0'),
  enforced: z.boolean().optional(),
  start: z.iso.datetime({ offset: true }).default('2026-03-02T08:00:00Z'),
  history: duration.default('30d'),
  seed: z.int().default(1),
  groups: z.array(namespacePath).default([]),
  users: z.array(userSchema).default([]),
  projects: z.array(projectSchema).default([]),
  jobs: z.array(jobSchema).default([]),
});

/**
 * A described organisation: an organisation file with its defaults filled in, in the file's own spelling, so that
 * `JSON.stringify` of it is an organisation file again.
 *
 * What is left out takes GitLab's default: private, not archived, limited to its allowlist (`inboundEnabled` true, as every
 * project made since 15.9: an open project says so), fine-grained permissions off, instance enforcement on from 18.0.
 */
export type Organisation = z.output<typeof organisationSchema>;
export type OrganisationProject = Organisation['projects'][number];
export type OrganisationUser = Organisation['users'][number];
export type OrganisationJob = Organisation['jobs'][number];
