export type * from './vocabulary.ts';
export type * from './world.ts';
