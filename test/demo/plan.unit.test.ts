import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { choosePolicy, judgeSpec } from '../../src/aggregates/constitution/index.js';
import { checkSpec } from '../../src/caws/index.js';
import { AGENTS, FIRST_AGENT, FIRST_TASK, TASKS } from '../../scripts/demo/plan.js';
import { EXAMPLES } from '../../scripts/demo/places.js';
import { lastLine, surprises, type Ended } from '../../scripts/demo/report.js';

const textOf = (file: string): string => readFileSync(path.join(EXAMPLES, 'tasks', file), 'utf8');
const policyText = readFileSync(path.join(EXAMPLES, 'project', '.caws', 'policy.yaml'), 'utf8');

describe('the plan of the demo', () => {
  it('has every example task, and every agent a program', () => {
    expect(TASKS.map(({ file }) => file).sort()).to.deep.equal(
      readdirSync(path.join(EXAMPLES, 'tasks')).sort(),
    );
    for (const { program } of AGENTS)
      expect(existsSync(path.join(EXAMPLES, 'agents', program)), program).to.equal(true);
    expect(AGENTS.map(({ name }) => name)).to.include(FIRST_AGENT);
    expect(TASKS[0]).to.equal(FIRST_TASK);
  });

  it('the policy of the example project is valid', () => {
    expect(choosePolicy(policyText).source).not.to.equal('INVALID');
  });

  for (const { file, type, end } of TASKS) {
    it(`${file}: the constitution ${end === 'rejected' ? 'refuses it, naming several violations' : 'approves it'}`, () => {
      const { outcome, violations } = judgeSpec({ specText: textOf(file), request: { type }, policyText });
      expect(outcome).to.equal(end === 'rejected' ? 'FAIL' : 'PASS');
      if (end === 'rejected') expect(violations).to.have.length.above(2);
      else expect(violations).to.deep.equal([]);
    });
  }

  it('no end depends on chance: whoever needs all three agents has three attempts, and one that does the work', () => {
    for (const { file, capability, attempts, end } of TASKS) {
      const able = AGENTS.filter(({ capabilities }) => capabilities.includes(capability)).map(
        ({ name }) => name,
      );
      if (end === 'completed') {
        expect(able, file).to.include('steady');
        expect(attempts, file).to.be.at.least(able.length);
      }
      if (end === 'failed') expect(able, file).to.have.length(1);
    }
  });

  it('the ids of the specs are different', () => {
    const ids = TASKS.map(({ file }) => checkSpec(textOf(file)).spec?.id).filter((id) => id !== undefined);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});

describe('the report of the demo', () => {
  const ended = (state: string, verified = true): Ended =>
    ({
      label: 'a',
      plan: FIRST_TASK,
      task: { state, attempts: 2, reason: null },
      checked: { taskId: 'a', verified, result: 'PASSED', file: '' },
    }) as unknown as Ended;

  it('ends with the promised line', () => {
    const all = [ended('completed'), ended('completed'), ended('rejected'), ended('failed', false)];
    expect(lastLine(all, '4.1.1')).to.equal(
      'demo: 4 tasks, 2 completed, 1 rejected, 1 failed; 3 verdicts verified; bus kafka 4.1.1',
    );
  });

  it('names what is not as planned: another state, too few attempts, a verdict not verified', () => {
    expect(surprises([ended('completed')])).to.deep.equal([]);
    expect(surprises([ended('failed')])).to.have.length(1);
    expect(surprises([ended('completed', false)])).to.have.length(1);
    const early = ended('completed');
    expect(surprises([{ ...early, task: { ...early.task, attempts: 1 } }])).to.have.length(1);
  });
});
