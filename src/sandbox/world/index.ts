export { createWorld } from './create-world.ts';
export type { WorldOptions } from './create-world.ts';
export { describeOrganisation, parseOrganisation } from './organisation/organisation.ts';
export type { Organisation } from './organisation/schema.ts';
export { OrganisationError } from './organisation/problems.ts';
export { generateOrganisation } from './generator/generator.ts';
export { ACCESS_KINDS } from './vocabulary.ts';
export type * from './vocabulary.ts';
export type * from './world.ts';
