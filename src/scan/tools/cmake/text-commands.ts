import { unknown } from '../../marks.ts';
import type { CmakeWord } from './commands.ts';
import type { Values, Variables } from './values.ts';

type TextCommand = (words: readonly CmakeWord[], variables: Variables, weak: boolean) => void;

const name = (word: CmakeWord | undefined, variables: Variables): string => variables.expand(word)[0] ?? '';

/** The texts that words come to one after the other, for every value of each. */
function joined(words: readonly CmakeWord[], variables: Variables, between: string): Values {
  let texts: readonly string[] = [''];
  words.forEach((word, index) => {
    texts = texts
      .flatMap((text) => variables.expand(word).map((more) => text + (index === 0 ? '' : between) + more))
      .slice(0, 30);
  });
  return texts;
}

const set: TextCommand = (words, variables, weak) => {
  const [target, ...rest] = words;
  const cached = rest.findIndex(({ text, quoted }) => !quoted && text === 'CACHE');
  const parent = rest.findIndex(({ text, quoted }) => !quoted && text === 'PARENT_SCOPE');
  const end = [cached, parent].filter((index) => index >= 0);
  const values = joined(rest.slice(0, end.length > 0 ? Math.min(...end) : undefined), variables, ';');
  const forced = rest.some(({ text, quoted }) => !quoted && text === 'FORCE');
  if (rest.length === 0) variables.unset(name(target, variables));
  else if (cached >= 0 && !forced) variables.setDefault(name(target, variables), values, weak);
  else variables.set(name(target, variables), values, weak);
};

const option: TextCommand = ([target, , value], variables, weak) => {
  variables.setDefault(name(target, variables), value ? variables.expand(value) : ['OFF'], weak);
};

const project: TextCommand = ([first], variables) => {
  variables.set('PROJECT_NAME', variables.expand(first), false);
  variables.set('PROJECT_SOURCE_DIR', variables.get('CMAKE_CURRENT_SOURCE_DIR') ?? [''], false);
};

const string: TextCommand = ([verb, ...words], variables, weak) => {
  const [first, second, third, ...more] = words;
  switch (verb?.text) {
    case 'CONCAT':
      variables.set(name(first, variables), joined(words.slice(1), variables, ''), weak);
      return;
    case 'APPEND':
      variables.set(
        name(first, variables),
        (variables.get(name(first, variables)) ?? ['']).flatMap((text) =>
          joined(words.slice(1), variables, '').map((added) => text + added),
        ),
        weak,
      );
      return;
    case 'JOIN':
      variables.set(name(second, variables), joined(words.slice(2), variables, name(first, variables)), weak);
      return;
    case 'TOLOWER':
    case 'TOUPPER':
    case 'STRIP': {
      const change = { TOLOWER: lower, TOUPPER: upper, STRIP: strip }[verb.text];
      variables.set(name(second, variables), variables.expand(first).map(change), weak);
      return;
    }
    case 'REPLACE':
      variables.set(
        name(third, variables),
        joined(more, variables, '').map((text) => text.replaceAll(name(first, variables), name(second, variables))),
        weak,
      );
      return;
    default:
      for (const word of words.slice(-3))
        if (/^\w+$/u.test(word.text)) variables.set(word.text, [unknown(word.text)], true);
  }
};

const lower = (text: string): string => text.toLowerCase();
const upper = (text: string): string => text.toUpperCase();
const strip = (text: string): string => text.trim();

const list: TextCommand = ([verb, target, ...words], variables, weak) => {
  if (verb?.text !== 'APPEND' && verb?.text !== 'PREPEND') return;
  const key = name(target, variables);
  const added = joined(words, variables, ';');
  const before = variables.get(key);
  variables.set(key, before ? before.flatMap((text) => added.map((more) => `${text};${more}`)) : added, weak);
};

/** `set_property(GLOBAL PROPERTY name value…)`, which every scope sees. */
const setProperty: TextCommand = ([scope, ...words], variables, weak) => {
  const at = words.findIndex(({ text }) => text === 'PROPERTY');
  if (scope?.text !== 'GLOBAL' || at < 0) return;
  variables.set(`GLOBAL ${name(words[at + 1], variables)}`, joined(words.slice(at + 2), variables, ';'), weak);
};

const getProperty: TextCommand = ([target, scope, keyword, property, asks], variables, weak) => {
  if (scope?.text !== 'GLOBAL' || keyword?.text !== 'PROPERTY') return;
  const held = variables.get(`GLOBAL ${name(property, variables)}`);
  variables.set(name(target, variables), asks ? [held ? '1' : '0'] : (held ?? ['']), weak);
};

/**
 * `cmake_parse_arguments(PREFIX "flags" "single" "several" ARGUMENT…)`, or with `PARSE_ARGV N` before the prefix: what
 * stands behind a keyword becomes `PREFIX_KEYWORD`.
 */
const parseArguments: TextCommand = (words, variables, weak) => {
  const fromCall = words[0]?.text === 'PARSE_ARGV';
  const [prefix, flags, single, several, ...rest] = fromCall ? words.slice(2) : words;
  const given = fromCall
    ? (variables.get('ARGV')?.[0] ?? '').split(';').slice(Number(words[1]?.text ?? '0'))
    : variables.list(rest);
  const keywords = (word: CmakeWord | undefined): readonly string[] => name(word, variables).split(';');
  const [options, ones, lists] = [keywords(flags), keywords(single), keywords(several)];
  const found = new Map<string, string[]>();
  let open: string | null = null;
  for (const text of given) {
    if (options.includes(text)) found.set(text, ['TRUE']);
    if ([...options, ...ones, ...lists].includes(text)) open = options.includes(text) ? null : text;
    else if (open !== null) found.set(open, [...(found.get(open) ?? []), text]);
    if (open !== null && ones.includes(open) && found.has(open)) open = null;
  }
  for (const key of [...options, ...ones, ...lists].filter((one) => one !== '')) {
    const values = found.get(key);
    const target = `${name(prefix, variables)}_${key}`;
    if (values) variables.set(target, [values.join(';')], weak);
    else if (options.includes(key)) variables.set(target, ['FALSE'], weak);
    else variables.unset(target);
  }
};

/** Commands that only make texts. */
export const TEXT_COMMANDS: ReadonlyMap<string, TextCommand> = new Map<string, TextCommand>([
  ['set', set],
  ['option', option],
  ['project', project],
  ['string', string],
  ['list', list],
  ['cmake_parse_arguments', parseArguments],
  ['set_property', setProperty],
  ['get_property', getProperty],
]);
