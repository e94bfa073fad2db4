import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from 'commander';
import { helpDocument } from '../../src/cli/help-document.js';
import { createProgram } from '../../src/cli/program.js';
import { retryIdFor } from '../../src/cli/tasks/task-retry.js';
import { taskIdFor } from '../../src/cli/tasks/task-request.js';
import { COMPONENT_NAMES } from '../../src/runtime/index.js';
import { TASK_ID } from '../../src/producers/index.js';

const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** The code that commander ends with; nothing is printed. */
const refusal = async (...args: string[]): Promise<string> => {
  try {
    await createProgram(() => undefined).parseAsync(args, { from: 'user' });
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'taken';
};

describe('cli program', () => {
  it('docs/cli.md is the help of the commands', () => {
    const file = new URL('../../docs/cli.md', import.meta.url);
    expect(readFileSync(file, 'utf8') === helpDocument(), 'run: npx tsx scripts/generate-cli.ts').to.equal(
      true,
    );
  });

  it('every command has a summary, examples and --json', () => {
    for (const section of helpDocument().split('\n## ').slice(2)) {
      expect(section, section.split('\n')[0]).to.match(/Examples?:\n {2}\$ /);
    }
    for (const command of leaves(createProgram())) {
      expect(command.description(), command.name()).to.not.equal('');
      const longs = command.options.map(({ long }) => long);
      expect(longs, `${command.name()}: ${longs.join()}`).to.include('--json');
    }
  });

  it('the components that `run --only` names are those there are', () => {
    const only = leaves(createProgram())
      .find((command) => command.name() === 'run')
      ?.options.find(({ long }) => long === '--only');
    expect(only?.description).to.contain(COMPONENT_NAMES.join(', '));
  });

  it('misuse is an error before anything is done', async () => {
    expect(await refusal('bogus')).to.equal('commander.unknownCommand');
    expect(await refusal('status', '--bogus')).to.equal('commander.unknownOption');
    expect(await refusal('status', 'extra')).to.equal('commander.excessArguments');
    expect(await refusal('verify', 'x')).to.equal('commander.missingMandatoryOptionValue');
    expect(await refusal('submit')).to.equal('commander.missingArgument');
    expect(await refusal('submit', 'x', '--priority', '11')).to.equal('commander.invalidArgument');
    expect(await refusal('verdicts', 'get', 'x', '--phase', 'middle')).to.equal('commander.invalidArgument');
    expect(await refusal('tasks', 'list', '--state', 'nonsense')).to.equal('commander.invalidArgument');
    expect(await refusal('tasks', 'list', '--state', 'unseen')).to.equal('commander.invalidArgument');
    expect(await refusal('waivers', 'list', '--state', 'nonsense')).to.equal('commander.invalidArgument');
    expect(await refusal('agents', 'list', '--limit', '0')).to.equal('commander.invalidArgument');
  });

  it('ids of tasks: from the spec where it has a usable one', () => {
    expect(taskIdFor('FEAT-001')).to.match(/^FEAT-001-[0-9a-f]{12}$/);
    for (const bad of [undefined, '../x', 'x'.repeat(101), '', 'a b'])
      expect(taskIdFor(bad)).to.match(/^task-[0-9a-f-]{36}$/);
    expect(retryIdFor(retryIdFor('T-1'))).to.match(/^T-1-r[0-9a-f]{12}$/);
    expect(TASK_ID.test(retryIdFor('x'.repeat(128)))).to.equal(true);
  });
});
