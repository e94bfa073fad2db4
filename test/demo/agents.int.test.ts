import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { checkSpec, decideScope } from '../../src/caws/index.js';
import { AGENTS, FIRST_TASK, TASKS, type DemoTask } from '../../scripts/demo/plan.js';
import { EXAMPLES } from '../../scripts/demo/places.js';
import { makeRepository, type Repository } from '../../scripts/demo/repository.js';

const specOf = ({ file }: DemoTask): string => readFileSync(path.join(EXAMPLES, 'tasks', file), 'utf8');
const executed = TASKS.filter(({ end }) => end !== 'rejected');

describe('the agents of the demo', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-agents-'));
  let repository: Repository;

  beforeEach(async () => {
    repository = await makeRepository();
  });
  afterEach(() => repository.remove());
  after(() => rmSync(folder, { recursive: true, force: true }));

  const work = async (
    agent: string,
    task: DemoTask,
  ): Promise<{ code: number | undefined; paths: string[]; lines: number }> => {
    const program = AGENTS.find(({ name }) => name === agent)?.program ?? '';
    const prompt = path.join(folder, 'prompt.md');
    writeFileSync(prompt, `# ${task.file}\n\n## Working spec\n\n${specOf(task)}\n`);
    const ran = await execa(path.join(EXAMPLES, 'agents', program), [], {
      cwd: repository.folder,
      env: { ARBITER_PROMPT_FILE: prompt },
      reject: false,
      stdin: 'ignore',
    });
    const git = (...args: string[]): Promise<{ stdout: string }> =>
      execa('git', args, { cwd: repository.folder });
    await git('add', '--all');
    const { stdout } = await git('diff', '--cached', '--numstat');
    const rows = stdout.split('\n').filter((row) => row !== '');
    const counts = rows.map((row) => row.split('\t'));
    return {
      code: ran.exitCode,
      paths: counts.map(([, , file]) => file ?? ''),
      lines: counts.reduce((sum, [added, removed]) => sum + Number(added) + Number(removed), 0),
    };
  };
  const outside = (task: DemoTask, paths: readonly string[]): readonly string[] => {
    const { spec } = checkSpec(specOf(task));
    if (spec === undefined) throw new Error(`${task.file} has no spec`);
    return paths.filter((file) => decideScope(file, spec.scope).kind !== 'admit');
  };

  for (const task of executed) {
    it(`steady does ${task.file}: its change passes the project’s tests and stays in scope`, async () => {
      const { code, paths, lines } = await work('steady', task);
      expect(code).to.equal(0);
      expect(paths).to.have.length.above(0);
      expect(outside(task, paths)).to.deep.equal([]);
      if (task.file === '10-stop-words.yaml') expect(lines).to.be.above(120);
      else expect(lines).to.be.below(120);
    });
  }

  it('wanderer does the work and leaves the scope', async () => {
    for (const task of executed.filter(({ file }) => file === '11-release.yaml')) {
      const { code, paths } = await work('wanderer', task);
      expect(code).to.equal(0);
      expect(outside(task, paths)).to.deep.equal(['package.json']);
    }
  });

  it('flaky crashes on the task that needs a second attempt, and not on all', async () => {
    expect((await work('flaky', FIRST_TASK)).code).not.to.equal(0);
    const slugify = executed.find(({ file }) => file === '01-slugify.yaml') ?? FIRST_TASK;
    expect((await work('flaky', slugify)).code).to.equal(0);
  });
});
