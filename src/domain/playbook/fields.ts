import { z } from 'zod';

/** A path or a path pattern such as `acme/lab/**`. */
export const glob = z.string().min(1).max(500);
/** 0 to 1. */
export const share = z.number().min(0).max(1);
/** A whole number from 1. */
export const positive = z.number().int().min(1);
/** A whole number from 0. */
export const count = z.number().int().min(0);
