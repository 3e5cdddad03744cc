import { sql, type $Type } from 'drizzle-orm';
import {
  check,
  integer,
  type CheckBuilder,
  type SQLiteBooleanBuilderInitial,
  type SQLiteIntegerBuilderInitial,
} from 'drizzle-orm/sqlite-core';
import type { EpochMs, ProjectId } from '../../../domain/values.ts';

/** Milliseconds since 1970. */
export const moment = (): $Type<SQLiteIntegerBuilderInitial<''>, EpochMs> => integer().$type<EpochMs>();

/** GitLab's numeric id of a project. */
export const project = (): $Type<SQLiteIntegerBuilderInitial<''>, ProjectId> => integer().$type<ProjectId>();

/** 0 or 1. */
export const flag = (): SQLiteBooleanBuilderInitial<''> => integer({ mode: 'boolean' });

/** The table holds at most one row, whose id is 1. */
export const oneRow = (table: string): CheckBuilder => check(`${table}_one_row`, sql.raw('id = 1'));

/** The column holds one of these words, or null where it may. */
export const oneOf = (table: string, column: string, values: readonly string[]): CheckBuilder =>
  check(`${table}_${column}`, sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`));
