import { installed, published, registered } from './feeds.ts';
import { addMember, eachObject, newObject, selectObject, selectXml, sorted, whereObject } from './objects.ts';
import { request } from './requests.ts';
import { block, expression, importModule, pester, startProcess } from './running.ts';
import { getVariable, moveBack, moveTo, setItem, setVariable } from './session.ts';
import { hasUnknown, unknown } from '../../../marks.ts';
import { isObject, list } from '../../values.ts';
import { FILES, fileContent, textOfAll } from '../files.ts';
import type { Cmdlet, Row } from '../files.ts';
import { selectString } from '../patterns.ts';
import { BUILD_FILES, build, runBlocks, task } from '../tasks.ts';
import { itemsOf } from '../world.ts';

const nothing: Cmdlet = () => null;
const piped: Cmdlet = ({ input }) => input ?? null;

/** Cmdlets: names, the parameters that take values by position, what they do. */
const ROWS: readonly Row[] = [
  ...FILES,
  ['invoke-restmethod irm', 'uri', request('invoke-restmethod', 'uri')],
  ['invoke-webrequest iwr', 'uri', request('invoke-webrequest', 'uri')],
  ['start-bitstransfer', 'source destination', request('invoke-bitstransfer', 'source')],
  ['foreach-object foreach %', 'process', eachObject],
  ['where-object where ?', 'filterscript value', whereObject],
  ['select-object select', 'property', selectObject],
  ['sort-object sort get-unique gu', 'property', sorted],
  [
    'write-output echo',
    '',
    (given) => {
      const values = [...given.rest, ...itemsOf(given.get('inputobject') ?? given.input)];
      return values.length === 1 ? values[0] : list(values.flatMap(itemsOf));
    },
  ],
  ['out-string out-default oss', '', (given) => (isObject(given.input, 'list') ? textOfAll(given.input) : given.input)],
  [
    'out-null out-host write-host write-verbose write-debug write-warning write-error write-information write-progress start-sleep sleep set-strictmode set-psdebug export-modulemember add-type set-alias new-alias remove-item ri rm del rmdir expand-archive compress-archive set-executionpolicy install-packageprovider wait-process stop-process set-psrepository remove-module start-transcript stop-transcript clear-host format-table format-list ft fl',
    '',
    nothing,
  ],
  ['start-process saps start', 'filepath argumentlist', startProcess],
  ['invoke-expression iex', 'command', expression],
  ['invoke-command icm', 'scriptblock', block],
  ['start-job start-threadjob sajb', 'scriptblock', block],
  ['measure-command', 'expression', block],
  ['wait-job receive-job', '', piped],
  ['set-variable new-variable sv nv', 'name value', setVariable],
  ['get-variable gv', 'name', getVariable],
  ['set-item si', 'path value', setItem],
  ['set-location sl cd chdir push-location pushd', 'path', moveTo],
  ['pop-location popd', '', moveBack],
  ['get-location gl pwd', '', (_, { shellCall: { state } }) => (state.cwd === '' ? '.' : state.cwd)],
  ['new-object', 'typename argumentlist', newObject],
  ['add-member', 'membertype name value', addMember],
  ['convertto-securestring', 'string', (given) => given.get('string') ?? given.input],
  ['convertfrom-securestring', 'securestring', (given) => given.get('securestring') ?? given.input],
  ['select-string sls', 'pattern path', selectString(fileContent)],
  ['select-xml', 'xpath', selectXml],
  ['task', 'name', task],
  ['properties', '', runBlocks],
  ['invoke-build ib', 'task file', build(BUILD_FILES.invokeBuild)],
  ['invoke-psake psake', 'buildfile tasklist', build(BUILD_FILES.psake)],
  ['invoke-pester', 'path', pester],
  [
    'install-module install-psresource install-script install-package save-module save-psresource save-package find-module find-psresource find-package update-module update-psresource',
    'name',
    installed,
  ],
  ['register-psrepository register-packagesource register-psresourcerepository', 'name sourcelocation', registered],
  ['publish-module publish-psresource publish-script', 'path', published],
  ['import-module ipmo', 'name', importModule],
  [
    'get-command gcm get-process get-date get-random get-filehash read-host measure-object get-service get-module',
    '',
    () => unknown('condition'),
  ],
  ['new-temporaryfile', '', () => '/tmp/made'],
];

const CMDLETS = new Map<string, { readonly order: readonly string[]; readonly run: Cmdlet }>(
  ROWS.flatMap(([names, order, run]) =>
    names.split(' ').map((name) => [name, { order: order.split(' ').filter((one) => one !== ''), run }] as const),
  ),
);

/** A cmdlet by its name in lower case, with the parameters that take values by position. */
export const cmdletNamed = (name: string): { readonly order: readonly string[]; readonly run: Cmdlet } | undefined =>
  CMDLETS.get(name);

/** Verbs with which names of cmdlets begin. */
const VERBS = new Set(
  `add clear close copy enter exit find format get hide join lock move new open optimize pop push redo remove rename reset
   resize search select set show skip split step switch undo unlock watch connect disconnect read receive send write backup
   checkpoint compare compress convert convertfrom convertto dismount edit expand export group import initialize limit
   merge mount out publish restore save sync unpublish update debug measure ping repair resolve test trace approve assert
   build complete confirm deny deploy disable enable install invoke register request restart resume start stop submit
   suspend uninstall unregister wait block grant protect revoke unblock unprotect use download upload exec run ensure clone
   fetch write`.split(/\s+/u),
);

/** True for the name of a cmdlet that nobody here knows, rather than of a program. */
export const isCmdlet = (name: string): boolean => {
  const [, verb, noun] = /^([a-z]+)-([a-z]\w*)$/u.exec(name) ?? [];
  return (
    noun !== undefined &&
    VERBS.has(verb ?? '') &&
    !hasUnknown(name) &&
    !/^(?:add-apt-repository|pop-os|run-parts)$/u.test(name)
  );
};
