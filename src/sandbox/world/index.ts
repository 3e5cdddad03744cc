export { createWorld } from './create-world.ts';
export type { WorldOptions } from './create-world.ts';
export { describeOrganisation, parseOrganisation } from './organisation.ts';
export type { Organisation } from './organisation-schema.ts';
export { OrganisationError } from './problems.ts';
export { generateOrganisation } from './generator.ts';
export { ACCESS_KINDS } from './vocabulary.ts';
export type * from './vocabulary.ts';
export type * from './world.ts';
