import type { XmlElement } from '../../files/xml.ts';
import { withoutXmlComments, xmlElements } from '../../files/xml.ts';
import { hasToken, hasUnknown, unknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, linesSource, option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { fileLines, packageUse } from '../../reach/packages.ts';
import { pull } from '../../reach/image.ts';

interface Repository {
  readonly id: string;
  readonly url: string;
  readonly at: Arg['at'];
  readonly upload: boolean;
}

/** `mvn`: repositories of `pom.xml` and `settings.xml` whose server entry holds the token. */
export function maven(call: Call): void {
  const parsed = parseArgs(
    // A property is no cluster of short options.
    call.args.filter(({ value }) => !/^-D\w/u.test(value)),
    new Set([
      's',
      'settings',
      'gs',
      'global-settings',
      'f',
      'file',
      'pl',
      'projects',
      'P',
      'T',
      't',
      'toolchains',
      'rf',
    ]),
  );
  const properties = new Map<string, string>();
  for (const { value } of call.args) {
    const match = /^-D([\w.-]+)=([^]*)$/u.exec(value);
    if (match) properties.set(match[1] ?? '', match[2] ?? '');
  }
  const path = option(parsed, 's', 'settings')?.value ?? mavenArgs(call) ?? '~/.m2/settings.xml';
  const settings = xml(fileLines(call, path), call, properties);
  const pom = option(parsed, 'f', 'file')?.value ?? 'pom.xml';
  jib(call, properties);
  const deploys = parsed.operands.some(({ value }) => /(?:^|:)deploy(?:-file)?$/u.test(value));
  const servers = serverTokens(settings.text);
  const profiles = allOptions(parsed, 'P', 'activate-profiles').flatMap(({ value }) => value.split(','));
  const activated = [...settings.text.matchAll(/<activeProfile>\s*([^<]+?)\s*</gu)].map(([, name = '']) => name);
  const repositories = [settings, ...poms(call, pom, properties)].flatMap((source) =>
    repositoriesOf(source, [...profiles, ...activated]),
  );
  for (const repository of repositories) {
    if (repository.upload && !deploys) continue;
    if (servers.get(repository.id) === true)
      call.findings.api(repository.url, packageUse(repository.at, 'maven', repository.upload));
  }
  for (const { value, at } of call.args) {
    const alternative =
      /^-D(?:altDeploymentRepository|altReleaseDeploymentRepository|url)=(?:([^:]+)::(?:default::)?)?(https?:.+)$/u.exec(
        value,
      );
    const id = alternative?.[1] ?? properties.get('repositoryId') ?? '';
    if (alternative && deploys && servers.get(id) === true)
      call.findings.api(alternative[2] ?? '', packageUse(at, 'maven', true));
    const remote = /^-D(?:remoteRepositories)=(?:([^:]+)::(?:[^:]*::)?)?(https?:.+)$/u.exec(value);
    if (remote && servers.get(remote[1] ?? 'temp') === true)
      call.findings.api(remote[2] ?? '', packageUse(at, 'maven', false));
  }
}

/** The base image of Jib, with the login that its properties give. */
function jib(call: Call, properties: ReadonlyMap<string, string>): void {
  const image = properties.get('jib.from.image');
  const at = call.args.find(({ value }) => value.startsWith('-Djib.from.image='))?.at ?? call.at;
  if (image !== undefined) pull(call, { value: image, at }, hasToken(properties.get('jib.from.auth.password') ?? ''));
}

/** `-s FILE` in `MAVEN_ARGS` or `.mvn/maven.config`. */
function mavenArgs(call: Call): string | null {
  const text = `${call.state.value('MAVEN_ARGS') ?? ''} ${fileLines(call, '.mvn/maven.config')
    .map((line) => line.text)
    .join(' ')}`;
  return /(?:^|\s)(?:-s|--settings)[\s=]+(\S+)/u.exec(text)?.[1] ?? null;
}

interface Xml {
  readonly text: string;
  readonly at: (offset: number) => Arg['at'];
  /** Short texts of elements by name, among them the properties that modules inherit. */
  readonly own: ReadonlyMap<string, string>;
}

/** An XML file without comments, its properties replaced by ones of equal line breaks. */
function xml(lines: readonly Line[], call: Call, properties: ReadonlyMap<string, string>): Xml {
  const raw = withoutXmlComments(lines.map(({ text }) => text).join('\n'));
  const own = new Map(
    [...raw.matchAll(/<([\w.-]+)>([^<\n]*)<\/\1>/gu)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const replace = (text: string, depth: number): string =>
    text.replace(/\$\{(?:(env)\.)?([\w.-]+)\}/gu, (_, environment: string | undefined, name: string) => {
      if (environment !== undefined) return call.state.value(name) ?? unknown(name);
      const value = properties.get(name) ?? own.get(name);
      if (value !== undefined && depth < 5) return replace(value, depth + 1);
      return call.state.value(name) ?? unknown(name);
    });
  const texts = raw.split('\n').map((line, row) => ({ text: replace(line, 0), at: lines[row]?.at ?? call.at }));
  return { ...linesSource(texts), own };
}

function poms(call: Call, path: string, properties: ReadonlyMap<string, string>): readonly Xml[] {
  const root = xml(fileLines(call, path), call, properties);
  const modules = [...root.text.matchAll(/<module>\s*([^<]+?)\s*<\/module>/gu)]
    .slice(0, 100)
    .map((match) => match[1] ?? '');
  const folder = path.includes('/') ? path.replace(/[^/]*$/u, '') : '';
  const parent = /<relativePath>\s*([^<]+?)\s*<\/relativePath>/u.exec(root.text)?.[1];
  const others = [
    ...modules.map((module) => `${folder}${module}/pom.xml`),
    ...(parent === undefined ? [] : [`${folder}${parent}`]),
  ];
  const inherited = new Map([...root.own, ...properties]);
  return [
    root,
    xml(fileLines(call, '.mvn/extensions.xml'), call, properties),
    ...others.map((other) => xml(fileLines(call, other), call, inherited)),
  ];
}

/** Server id to whether its password or header is the job token. */
function serverTokens(text: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { inside } of xmlElements(text, ['server'])) found.set(idOf(inside), hasToken(inside));
  return found;
}

const idOf = (inside: string): string => /<id>\s*([^<]+?)\s*<\/id>/u.exec(inside)?.[1] ?? '';

/** Profiles that nothing activates; one with conditions of its own may be active. */
function sleeping(source: Xml, active: readonly string[]): readonly XmlElement[] {
  if (active.some(hasUnknown)) return [];
  return xmlElements(source.text, ['profile']).filter(
    ({ inside }) => idOf(inside) !== '' && !inside.includes('<activation>') && !active.includes(idOf(inside)),
  );
}

function repositoriesOf(source: Xml, active: readonly string[]): readonly Repository[] {
  const asleep = sleeping(source, active);
  const deploying = xmlElements(source.text, ['distributionManagement']);
  return xmlElements(source.text, ['repository', 'pluginRepository', 'mirror', 'snapshotRepository']).flatMap(
    ({ inside, at }): readonly Repository[] => {
      const url = /<url>\s*([^<]+?)\s*<\/url>/u.exec(inside);
      if (!url || asleep.some((one) => at > one.at && at < one.end)) return [];
      const upload = deploying.some((one) => at > one.at && at < one.end);
      return [{ id: idOf(inside), url: url[1] ?? '', at: source.at(at + url.index), upload }];
    },
  );
}

/** Whether the server of an id in the user's own `settings.xml` has the token. */
export const mavenServer = (call: Call, id: string): boolean =>
  serverTokens(xml(fileLines(call, '~/.m2/settings.xml'), call, new Map()).text).get(id) === true;
