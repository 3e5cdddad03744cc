import type { Tool } from '../shell/call.ts';
import { awk } from './awk.ts';
import { jqTool, yqTool } from './data.ts';
import { base64, envSubst, hexadecimal, openssl } from './encode.ts';
import { cat, cut, distinctLines, grep, headTail, paste, perLine, tee, tr, wc } from './lines.ts';
import { calculation, sequence } from './numbers.ts';
import { baseName, copy, dirName, find, list, makeTemporary, realPath, remove } from './paths.ts';
import { getOpt } from './options.ts';
import { echo, printf } from './print.ts';
import { sed } from './sed.ts';
import { parallel, xargs } from './xargs.ts';

/** Programs that turn text into text, by name. */
export const FILTERS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ['echo', echo],
  ['printf', printf],
  ['getopt', getOpt],
  ['cat', cat],
  ['tac', cat],
  ['tee', tee],
  ['sed', sed],
  ['gsed', sed],
  ['awk', awk],
  ['gawk', awk],
  ['mawk', awk],
  ['cut', cut],
  ['tr', tr],
  ['rev', perLine((text) => Array.from(text).reverse().join(''))],
  ['basename', baseName],
  ['dirname', dirName],
  ['realpath', realPath],
  ['readlink', realPath],
  ['mktemp', makeTemporary],
  ['head', headTail],
  ['tail', headTail],
  ['grep', grep],
  ['egrep', grep],
  ['fgrep', grep],
  ['sort', distinctLines],
  ['uniq', distinctLines],
  ['shuf', cat],
  ['paste', paste],
  ['wc', wc],
  ['jq', jqTool],
  ['gojq', jqTool],
  ['yq', yqTool],
  ['base64', base64],
  ['envsubst', envSubst],
  ['openssl', openssl],
  ['od', hexadecimal],
  ['xxd', hexadecimal],
  ['hexdump', hexadecimal],
  ['cp', copy],
  ['mv', copy],
  ['ln', copy],
  ['install', copy],
  ['rm', remove],
  ['find', find],
  ['ls', list],
  ['seq', sequence],
  ['expr', calculation],
  ['bc', calculation],
  ['xargs', xargs],
  ['parallel', parallel],
]);
