import { withoutLikely } from '../../../marks.ts';
import { canonicalType } from '../../read/powershell/names.ts';
import type { Value } from '../../values.ts';
import { isObject, isText, list, record, textOf, truth } from '../../values.ts';
import type { Cmdlet } from '../files.ts';
import { fileContent } from '../files.ts';
import { classNamed, hereOf, inPlace, itemsOf } from '../world.ts';
import { selectNodes, xmlOf } from '../xml.ts';
import { outside } from './calls.ts';

/** Cmdlets that take the objects of a pipeline, and those that make and change objects. */

/** `ForEach-Object { … }`, `% Name`: what the blocks give for each object, or a member of each. */
export const eachObject: Cmdlet = (given, _, place) => {
  const blocks = [
    ...['begin', 'process', 'parallel', 'end'].flatMap((name) => itemsOf(given.get(name))),
    ...given.rest,
  ];
  const items = given.input === undefined ? [null] : place.evaluator.items(goneOver(given.input), false, place.module);
  const functions = blocks.filter((one) => isObject(one, 'function'));
  const [name] = blocks.filter(isText);
  if (name !== undefined)
    return list(
      items.flatMap((item) => itemsOf(outside('#member', { positional: [item, name], named: new Map() }, place))),
    );
  // With several blocks the first runs before and the last behind.
  const values = items.flatMap((item) => functions.flatMap((block) => itemsOf(inPlace(block, item, place))));
  return values.length === 1 ? values[0] : list(values);
};

/** A record or a text is one object of a pipeline. */
const goneOver = (value: Value): Value => (isObject(value, 'record') || value === null ? list(itemsOf(value)) : value);

/** `Where-Object { … }`: the objects of which nothing says that they do not pass. */
export const whereObject: Cmdlet = (given, _, place) => {
  const items = given.input === undefined ? [] : place.evaluator.items(goneOver(given.input), false, place.module);
  const block = given.get('filterscript');
  if (isObject(block, 'function')) return list(items.filter((item) => truth(inPlace(block, item, place)) !== false));
  // `Where-Object Name -eq 'x'`.
  const operator = [...given.named.keys()].find((key) =>
    /^[ci]?(?:eq|ne|like|notlike|match|notmatch|in|notin|contains|gt|lt|ge|le)$/u.test(key),
  );
  if (!isText(block) || operator === undefined) return list(items);
  const right = given.named.get(operator) ?? null;
  const call = (name: string, positional: readonly Value[]): Value =>
    outside(name, { positional, named: new Map() }, place);
  return list(
    items.filter(
      (item) =>
        truth(
          call(`#${operator.replace(/^[ci](?=eq|ne|like|match|gt|lt|ge|le)/u, '')}`, [
            call('#member', [item, block]),
            right,
          ]),
        ) !== false,
    ),
  );
};

/** `Select-Object -First 1 -ExpandProperty Name`. */
export const selectObject: Cmdlet = (given, _, place) => {
  const items = given.input === undefined ? [] : place.evaluator.items(goneOver(given.input), false, place.module);
  const [first, last, skip, expand] = [
    given.get('first'),
    given.get('last'),
    given.get('skip'),
    given.get('expandproperty'),
  ];
  let kept = typeof skip === 'number' ? items.slice(skip) : items;
  if (typeof first === 'number') kept = kept.slice(0, first);
  if (typeof last === 'number') kept = kept.slice(-last);
  if (expand !== undefined)
    kept = kept.flatMap((item) => itemsOf(outside('#member', { positional: [item, expand], named: new Map() }, place)));
  return kept.length === 1 ? kept[0] : list(kept);
};

/** `New-Object System.Net.WebClient`, `New-Object PSCredential($user, $secret)`. */
export const newObject: Cmdlet = (given, _, place) => {
  const written = textOf(given.get('typename', 'comobject') ?? '').replace(/\[[^]*$/u, '');
  const values = [...itemsOf(given.get('argumentlist', 'args')), ...given.rest.flatMap(itemsOf)];
  const type = canonicalType(written);
  const own = classNamed(type, place);
  const { evaluator, row } = place;
  const made = /^(?:PSObject|PSCustomObject|Object)$/iu.test(type)
    ? record([])
    : own
      ? evaluator.call(own, { positional: values, named: new Map() }, row, hereOf(place))
      : outside(type, { positional: values, named: new Map() }, place);
  const properties = given.get('property');
  if (isObject(properties, 'record') && (isObject(made, 'record') || isObject(made, 'native')))
    for (const [key, value] of properties.fields) made.fields.set(key, value);
  return made;
};

/** `Add-Member -NotePropertyName NAME VALUE`: a field of the object. */
export const addMember: Cmdlet = (given) => {
  const target = given.get('inputobject') ?? given.input;
  const name = given.get('notepropertyname', 'name');
  const value = given.get('notepropertyvalue', 'value');
  if (isObject(target, 'record') && isText(name) && value !== undefined) target.fields.set(withoutLikely(name), value);
  return given.get('passthru') === true ? target : null;
};

/** `Sort-Object -Unique`: the same objects, each once. */
export const sorted: Cmdlet = (given) => {
  const items = itemsOf(given.input);
  return given.get('unique') === true
    ? list([...new Map(items.map((one) => [textOf(one), one])).values()])
    : (given.input ?? null);
};

/** `Select-Xml -Path x.xml -XPath '//dep'`. */
export const selectXml: Cmdlet = (given, world, place) => {
  const path = textOf(given.get('xpath') ?? '');
  const source =
    given.get('path', 'literalpath') === undefined
      ? (given.get('xml', 'content') ?? given.input)
      : fileContent(given, world, place);
  const document = source === undefined ? null : xmlOf(source);
  return list(selectNodes(document, path).map((node) => record([['Node', node]])));
};
