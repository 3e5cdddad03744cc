import { credentialIn, type Credential } from './credential.ts';

/**
 * What the job did between two echoes of the runner: one command of the script, or one section where there are no commands
 * (the image pull, the sources). A step that another one follows did not end the job.
 */
export interface Step {
  readonly index: number;
  readonly section: string;
  /** The echoed command with known variables put in; empty for a section. */
  readonly command: string;
  readonly credential: Credential;
  readonly tolerance: Tolerance;
  readonly trivial: boolean;
  /** Output that shows a failure of the job's own work (tests, compilers, memory), and the last line of it. */
  ownFailureAt: number | null;
  /** The same, only such as a refusal cannot cause (test results, compiler errors), and the line it is on. */
  testFailureAt: number | null;
  /** Output that follows from a missing or unusable file. */
  consequence: boolean;
}

/** `swallowed`: the command line goes on whatever happens; `recorded`: it keeps the failure for later. */
export type Tolerance = 'none' | 'swallowed' | 'recorded';

const RECORDED = /\|\|\s{0,4}(?:export )?\w{1,40}=|\brc=\$\?|\|\|\s{0,4}(?:failed|rc|status|code)\b/i;
// What comes after `||` may fail itself; then nothing comes after the step.
const SWALLOWED =
  /\|\|\s{0,4}(?!(?:exit(?! 0)|return|false|die|fail|abort)\b|[({])[\w./:$"-]|^if\s|;\s{0,4}(?:true|exit 0)\s{0,4}$|\bset \+e\b|SilentlyContinue|--ignore-errors|^(?:until|while\s{1,4}!)\s|\bexit \/b 0/;
const TRIVIAL =
  /^(?:exit|test|\[\[?|false|unzip|7z|tar|gunzip|cat|ls|dir|grep|jq|yq|head|tail|file|stat|cd|mv|cp|chmod|rm|source|\.|export|sha\d{3}sum|sh|bash|Expand-Archive|Get-Content|Test-Path|if|for)(?=\s|$)/;

const OWN_FAILURE =
  /={3,} .{0,80}\b[1-9]\d{0,6} (?:failed|errors?)|^FAILED |\bTests?:? {1,12}[1-9]\d{0,6} failed|Test Suites: [1-9]|[1-9]\d{0,6} (?:failing|tests? failed|examples?, [1-9]\d{0,6} failures?)|--- FAIL: |^\s{0,4}FAIL\b|Failures?: {1,4}[1-9]|\bERROR in \.|error TS\d{3,5}|error\[E\d{4}\]|error CS\d{4}|: fatal error: |: error: .{1,200}|COMPILATION ERROR|Compilation (?:failed|failure)|AssertionError|SyntaxError|SIGKILL|OOMKilled|Killed$|Killed signal|No space left on device|panic: |Segmentation fault|✖ \d{1,6} problems?|[1-9]\d{0,6} errors? (?:generated|found)/;
const TEST_FAILURE =
  /={3,} .{0,80}\b[1-9]\d{0,6} (?:failed|errors?)\b|\bTests?:? {1,12}[1-9]\d{0,6} failed|Test Suites: [1-9]|[1-9]\d{0,6} (?:failing|tests? failed|examples?, [1-9]\d{0,6} failures?)|--- FAIL: |Tests run: \d{1,6}, Failures: [1-9]|\bERROR in \.\/|error TS\d{3,5}|error\[E\d{4}\]|COMPILATION ERROR|✖ \d{1,6} problems?/;
const CONSEQUENCE =
  /End-of-central-directory|not recoverable|not in gzip format|unexpected end of file|No such file or directory|parse error|Cannot index|invalid character|cannot stat|cannot open|does not exist|is not a (?:valid )?(?:zip|directory|file|gzip)|cannot find the (?:file|path)/;

/** The command that a step begins with; `index` counts from 0 within the trace. */
export interface StepStart {
  readonly index: number;
  readonly section: string;
  readonly command: string;
}

/** A step of which only the command has been read so far. */
export function startStep({ index, section, command }: StepStart): Step {
  return {
    index,
    section,
    command,
    credential: credentialIn(command),
    tolerance: toleranceOf(command),
    trivial: TRIVIAL.test(command),
    ownFailureAt: null,
    testFailureAt: null,
    consequence: false,
  };
}

function toleranceOf(command: string): Tolerance {
  if (RECORDED.test(command)) return 'recorded';
  return SWALLOWED.test(command) ? 'swallowed' : 'none';
}

/** Notes what a line of output says about the step itself. */
export function observeOutput(step: Step, line: number, text: string): void {
  const start = text.slice(0, 600);
  if (OWN_FAILURE.test(start)) step.ownFailureAt = line;
  if (TEST_FAILURE.test(start)) step.testFailureAt = line;
  if (CONSEQUENCE.test(start)) step.consequence = true;
}

/** Sections whose outcome does not decide the job's. */
export function isSideSection(section: string): boolean {
  return /^(?:after_script|cleanup|upload_artifacts|archive_cache|restore_cache|upload_)/.test(section);
}
