/*
 * The tables. One database holds one rollout. Moments are milliseconds since 1970; booleans are 0 and 1; columns that hold
 * JSON are plain text here and are read through a schema of `json`. STRICT, WITHOUT ROWID and the triggers are not
 * in drizzle's vocabulary: they are edited into the generated SQL (see migrations/0000_initial.sql).
 */
export * from './knowledge.ts';
export * from './survey.ts';
export * from './facts.ts';
export * from './work.ts';
export * from './record.ts';
