import { runCommand } from '../../library/commands.ts';
import type { Outside, Place } from '../../running.ts';
import type { Value } from '../../values.ts';
import { isObject, native, textOf } from '../../values.ts';
import type { Cmdlet } from '../files.ts';
import { itemsOf } from '../world.ts';

/** Cmdlets that read from feeds of NuGet and write to them. */

/** Feeds of PowerShell are feeds of NuGet. */
export const registered: Cmdlet = (given, world, place) => {
  const [name, source, credential] = [
    given.get('name'),
    given.get('sourcelocation', 'location', 'uri'),
    given.get('credential'),
  ];
  if (source !== undefined) feed(textOf(name ?? 'feed'), source, credential, world, place);
  return null;
};

/** A feed of NuGet with the login that is given. */
function feed(name: string, source: Value, credential: Value | undefined, world: Outside, place: Place): void {
  const values = isObject(credential, 'native') ? (credential.given?.positional ?? []) : itemsOf(credential);
  const words = [
    'nuget',
    'sources',
    'add',
    '-Name',
    name,
    '-Source',
    source,
    '-UserName',
    'x',
    '-Password',
    values.at(-1) ?? '',
  ];
  runCommand(native('#words'), { positional: words, named: new Map() }, world, place);
}

/** `Install-Module X -Repository NAME -Credential $login`: the feed of that name, with the login that is given. */
export const installed: Cmdlet = (given, world, place) => {
  const { notes } = world.shellCall.state;
  for (const name of itemsOf(given.get('repository', 'source')).map(textOf)) {
    const source =
      notes.get(`nuget ${name.toLowerCase()}`)?.value.split(' ').at(-1) ?? (name.includes('://') ? name : '');
    const credential = given.get('credential');
    if (source !== '' && credential !== undefined) feed(name, source, credential, world, place);
  }
  return null;
};

/** `Publish-Module -Repository NAME -NuGetApiKey KEY`: a push to a feed of NuGet. */
export const published: Cmdlet = (given, world, place) => {
  const repository = given.get('repository');
  const key = given.get('nugetapikey', 'apikey') ?? '';
  if (repository === undefined) return null;
  const words = ['nuget', 'push', 'module.nupkg', '-Source', repository, '-ApiKey', key];
  return runCommand(native('#words'), { positional: words, named: new Map() }, world, place);
};
