import { withoutXmlComments } from '../../files/xml.ts';
import { LIKELY, isLikely, withoutLikely } from '../../marks.ts';
import type { RecordValue, Value } from '../values.ts';
import { isObject, isText, list, textOf } from '../values.ts';
import { itemsOf } from './world.ts';

const TOKEN =
  /<\?[^>]{0,2000}>|<!\[CDATA\[([^]*?)\]\]>|<![^>]{0,2000}>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gu;
const ATTRIBUTE = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_ELEMENTS = 5_000;
const MAX_DEPTH = 60;
const MAX_TEXT = 200_000;
const MAX_FOUND = 500;

interface Element {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: Element[];
  text: string;
}

const decoded = (text: string): string => text.replace(/&(\w+);/gu, (whole, name: string) => ENTITIES[name] ?? whole);

/** Sections that never close are passed: looking for each one's end takes quadratic time. */
function withoutOpenSections(text: string): string {
  const last = text.lastIndexOf(']]>') + 3;
  return last < 3
    ? text.replaceAll('<![CDATA[', '')
    : text.slice(0, last) + text.slice(last).replaceAll('<![CDATA[', '');
}

/** Text of XML as PowerShell shows it: elements and attributes are properties, an element of nothing but text is that text. */
export function xmlValue(text: string, mark = ''): RecordValue {
  const root: Element = { name: '#document', attributes: [], children: [], text: '' };
  const open: Element[] = [root];
  let count = 0;
  const plainText = withoutOpenSections(withoutXmlComments(text.slice(0, MAX_TEXT)));
  for (const [, cdata, closes, opens, attributes = '', empty, plain] of plainText.matchAll(TOKEN)) {
    const current = open.at(-1) ?? root;
    if (cdata !== undefined) current.text += cdata;
    else if (plain !== undefined) current.text += decoded(plain);
    else if (closes !== undefined) {
      if (open.length > 1 && current.name === closes) open.pop();
    } else if (opens !== undefined && (count += 1) < MAX_ELEMENTS) {
      const made: Element = {
        name: opens,
        attributes: [...attributes.matchAll(ATTRIBUTE)].map(([, key = '', double, single]) => [
          key,
          decoded(double ?? single ?? '') + mark,
        ]),
        children: [],
        text: '',
      };
      current.children.push(made);
      if (empty === '' && open.length < MAX_DEPTH) open.push(made);
    }
  }
  return nodeOf(root, mark);
}

/** An element with its attributes, its elements by name, and its text. */
function nodeOf({ name, attributes, children, text }: Element, mark: string): RecordValue {
  const nodes = children.map((child) => ({ child, node: nodeOf(child, mark) }));
  const fields = new Map<string, Value>(attributes);
  for (const { child, node } of nodes) {
    const own: Value = child.attributes.length + child.children.length === 0 ? child.text.trim() + mark : node;
    const before = fields.get(child.name);
    fields.set(child.name, before === undefined ? own : list([...itemsOf(before), own]));
  }
  const inside = children.length === 0 ? text.trim() : [text, ...children.map((one) => one.text)].join('').trim();
  const hidden: readonly [string, Value][] = [
    ['InnerText', inside + mark],
    ['#text', text.trim() + mark],
    ['LocalName', name],
    ['ChildNodes', list(nodes.map(({ node }) => node))],
  ];
  for (const [key, value] of hidden) if (!fields.has(key)) fields.set(key, value);
  return { kind: 'record', fields };
}

/** `//name`, `/a/b/c` and `//a/b[@x="y"]`: the elements that a path finds; predicates are passed. */
export function selectNodes(document: Value, path: string): readonly Value[] {
  const steps = withoutLikely(path)
    .replace(/\[[^\]]*\]/gu, '')
    .replace(/\b[\w-]+:(?=\w)/gu, '')
    .split(/(?<!^)(?<!\/)(?=\/)/u);
  let found: readonly Value[] = [document];
  for (const step of steps) {
    const [, deep = '', name = ''] = /^(\/{0,2})([@\w.*-]+)$/u.exec(step) ?? [];
    if (name === '' || name === '.') continue;
    const attribute = name.startsWith('@') ? name.slice(1) : null;
    if (attribute !== null)
      found = found.flatMap((one) => (isObject(one, 'record') ? itemsOf(one.fields.get(attribute)) : []));
    else found = found.flatMap((one) => below(one, name, deep === '//', 0));
    found = found.slice(0, MAX_FOUND);
  }
  return found;
}

function below(of: Value, name: string, deep: boolean, depth: number): readonly Value[] {
  const children = isObject(of, 'record') ? itemsOf(of.fields.get('ChildNodes')) : [];
  return children.flatMap((child) => {
    const own = isObject(child, 'record') ? textOf(child.fields.get('LocalName') ?? '').replace(/^.*:/u, '') : '';
    const matches = name === '*' || own === name ? [child] : [];
    return deep && depth < MAX_DEPTH ? [...matches, ...below(child, name, true, depth + 1)] : matches;
  });
}

/** The text of what is cast to XML: lines of a file are one text. */
export const xmlOf = (value: Value): Value => {
  const texts = itemsOf(value).filter(isText);
  const text = texts.map(withoutLikely).join('\n');
  return text.trimStart().startsWith('<') ? xmlValue(text, texts.some(isLikely) ? LIKELY : '') : value;
};
