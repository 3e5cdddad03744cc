import type { TraceContext } from '../context.ts';
import type { ContextLine } from '../reading/context-ring.ts';
import { createInstance, expand, predefinedVariables, type Instance } from './instance.ts';
import { mentionsIn, type Mentions } from './target.ts';

const ASSIGNMENT = /(?:^|[;&\s])([A-Za-z_]\w{0,63})=(?:["']([^"']{0,200})["']|([^\s;&|"']{1,200}))/g;
const MAX_VARIABLES = 128;

/** Reads which addresses the lines of one trace name, with the variables that its commands set on the way. */
export class Addresses {
  readonly instance: Instance;
  readonly #callerPath: string;
  readonly #variables: Map<string, string>;

  constructor({ gitlabUrl, registryHost, callerPath }: TraceContext) {
    this.instance = createInstance(gitlabUrl, registryHost);
    this.#callerPath = callerPath;
    this.#variables = new Map(predefinedVariables(this.instance, callerPath));
  }

  /** The command with the variables whose values are known; takes up what it assigns itself. */
  expandCommand(command: string): string {
    const expanded = expand(command, this.#variables);
    for (const [, name, quoted, bare] of expanded.matchAll(ASSIGNMENT)) {
      const value = quoted ?? bare ?? '';
      if (name === undefined || name.startsWith('CI_') || /[$`]/.test(value) || this.#variables.size >= MAX_VARIABLES)
        continue;
      this.#variables.set(name, value);
    }
    return expanded;
  }

  /** What a text points at. */
  readonly in = (text: string): Mentions => mentionsIn(text, { instance: this.instance, callerPath: this.#callerPath });

  /** What a line in front of a refusal points at; read once however often it is asked for. */
  inLine(line: ContextLine): Mentions {
    return line.mentions(this.in);
  }
}
