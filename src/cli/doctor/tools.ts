import { execFile } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { requireFitGit } from '../../platform/git/index.js';
import { detectSandbox } from '../../runners/index.js';
import { failureOf, oneLine } from '../failure.js';
import { ok, warning, wrong, type Check } from './check.js';

/** First line of what a program says of its version; undefined where it can not be run. */
const versionOf = (program: string, argument: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const options = { timeout: 20_000, maxBuffer: 64 * 1024 };
    execFile(program, [argument], options, (error, stdout, stderr) => {
      const said = stripVTControlCharacters(`${stdout}\n${stderr}`).trim();
      resolve(error === null ? (said.split('\n')[0] ?? '') : undefined);
    });
  });

const tool = async (program: string, argument: string, needed: string): Promise<Check> => {
  const version = await versionOf(program, argument);
  return version === undefined
    ? warning(program, 'not found', `install it: ${needed}`)
    : ok(program, version);
};

const checkGit = async (): Promise<Check> => {
  const check = await tool('git', '--version', 'tasks with a repository need it');
  if (check.status !== 'ok') return check;
  return requireFitGit(process.env).then(
    () => check,
    (error: unknown) => wrong('git', `${check.message}: ${oneLine(failureOf(error))}`),
  );
};

/** What the local stack and workers need of the machine. */
export const checkTools = async (local: boolean): Promise<readonly Check[]> => {
  const [sandbox, ...programs] = await Promise.all([
    detectSandbox(),
    checkGit(),
    ...(local
      ? [
          tool('java', '-version', 'the local Kafka and registry run on it'),
          tool('mvn', '--version', 'it fetches the jars of the local Kafka once'),
        ]
      : []),
  ]);
  const box = !sandbox.available
    ? warning('sandbox', sandbox.reason, 'install bubblewrap, or start workers with --no-sandbox')
    : sandbox.networkIsolation
      ? ok('sandbox', `bubblewrap at ${sandbox.bwrap}`)
      : warning('sandbox', 'no network namespaces here', 'allow them, or start workers with --network');
  return [ok('node', process.version), ...programs, box];
};
