import type { ClientStatus } from '../row.ts';
import { JAVASCRIPT } from './javascript.ts';
import { JVM } from './jvm.ts';
import { OTHERS } from './others.ts';
import { PYTHON } from './python.ts';
import { TERRAFORM } from './terraform.ts';

/** Package managers and Terraform, a file per family of clients. */
export const PACKAGES: readonly ClientStatus[] = [...JAVASCRIPT, ...PYTHON, ...JVM, ...TERRAFORM, ...OTHERS];
