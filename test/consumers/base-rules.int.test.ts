import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { checkSubmittedResult, type ResultAnswer } from '../../src/consumers/constitution/check-result.js';
import { checkRequestedSpec } from '../../src/consumers/constitution/check-spec.js';
import type { VerificationStarted } from '../../src/events/generated/events.js';
import { createStores, type Stores } from '../../src/platform/git/index.js';
import { policyText, specText } from '../aggregates/constitution/cases.js';
import {
  makeRepository,
  removeFolder,
  temporaryFolder,
  type TestRepository,
} from '../platform/git/repositories.js';
import { RESULT } from '../runtime/support/fleet.js';
import { request, waiver } from '../support/tasks.js';

const GATES = `version: 1
waivers: {wait_seconds: 90}
budget: {revoke_over: true}
opt_in_rules: true
gates:
  unit:
    command: [npm, test]
    timeout_seconds: 60
    evidence: [{kind: tests, format: junit, path: reports/junit.xml}]
  docs:
    paths: ['docs/**']
    command: [npm, run, docs]
    evidence: [{kind: static-analysis, format: sarif, path: reports/docs.sarif}]
`;
const SPEC = specText({ tier: 2, in: ['src', 'docs', 'link'], extra: '' });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('rules of the base, on real repositories', () => {
  let folder: string;
  let origin: TestRepository;
  let base: string;
  let stores: Stores;
  before(() => {
    folder = temporaryFolder();
    origin = makeRepository(path.join(folder, 'origin'));
    origin.write('.caws/policy.yaml', policyText(4, 40));
    origin.write('.caws/arbiter.yaml', GATES);
    origin.write('specs/one.yaml', SPEC);
    origin.write('src/a.ts', 'a\n'.repeat(10));
    origin.write('src/b.ts', 'b\n'.repeat(10));
    base = origin.commit('base');
    stores = createStores(path.join(folder, 'stores'));
  });
  after(async () => {
    await stores.close();
    removeFolder(folder);
  });

  const repository = (): string => `file://${origin.folder}`;
  let count = 0;
  /** What the constitution says of a result that `change` makes of the base. */
  const judged = async (
    change: () => void,
    over: Partial<VerificationStarted> = {},
  ): Promise<ResultAnswer> => {
    const ref = `refs/heads/r${++count}`;
    origin.git('checkout', '--quiet', '--detach', '--force', base);
    origin.git('clean', '-fdq');
    change();
    const commit = origin.publish(ref);
    return checkSubmittedResult(
      {
        meta: {} as never,
        taskId: 'T',
        token: 1,
        attempt: 1,
        agentId: 'a',
        taskType: 'code-editing',
        repository: repository(),
        baseCommit: base,
        spec: SPEC,
        specSha256: sha256(SPEC),
        result: { ...RESULT, commit, ref },
        waivers: [],
        specPath: null,
        ...over,
      },
      stores,
    );
  };
  const resultOf = (answer: ResultAnswer, id: string): string | undefined =>
    answer.clauses.find((clause) => clause.id === id)?.result;
  const rulesOf = (answer: ResultAnswer): string[] => answer.violations.map(({ rule }) => rule);

  it('R-302, R-303, R-324: the approval carries the budget and the wait that the base declares', async () => {
    const given = { spec: SPEC, repository: repository(), baseRevision: 'main' };
    const answer = await checkRequestedSpec(request('T', given), stores, Date.UTC(2026, 0, 1) * 1000);
    expect(answer.violations).to.deep.equal([]);
    expect(answer).to.deep.include({
      outcome: 'PASS',
      waiverWaitMs: 90_000,
      budget: { maxFiles: 4, maxLines: 40, revokeOver: true },
    });
    expect(answer.clauses.find(({ id }) => id === 'arbiter.rules')?.result).to.equal('PASS');
  });

  it('R-302: the gates of the base are ordered for what was changed, whatever the result declares', async () => {
    const names = ({ gates }: ResultAnswer): string[] => gates.map(({ gate }) => gate);
    expect(names(await judged(() => origin.write('src/a.ts', 'x\n')))).to.deep.equal(['unit']);
    expect(names(await judged(() => origin.write('docs/a.md', 'x\n')))).to.deep.equal(['unit', 'docs']);
    const without = await judged(() => origin.write('.caws/arbiter.yaml', 'version: 1\ngates: {}\n'));
    expect(names(without)).to.deep.equal(['unit']);
    expect(without.gates[0]).to.deep.include({ argv: ['npm', 'test'], timeoutMs: 60_000, severity: 'MUST' });
    expect(resultOf(without, 'arbiter.self_amendment')).to.equal('FAIL');
  });

  it('D-20: a change that raises its own budget, or grants itself a waiver, is judged by the old rules and flagged', async () => {
    const answer = await judged(() => {
      origin.write('.caws/policy.yaml', policyText(1000, 100_000));
      origin.write('.CAWS/waivers/W-1.yaml', 'status: active\n');
      origin.write('src/a.ts', 'x\n'.repeat(100));
    });
    expect(answer.outcome).to.equal('FAIL');
    expect(resultOf(answer, 'caws.budget')).to.equal('FAIL');
    expect(answer.clauses.find(({ id }) => id === 'caws.budget')?.observed['budget.max_loc']).to.equal('40');
    const amended = answer.violations.filter(({ rule }) => rule === 'arbiter.self_amendment');
    expect(amended.map((each) => each.path).sort()).to.deep.equal([
      '.CAWS/waivers/W-1.yaml',
      '.caws/policy.yaml',
    ]);
  });

  it('hazard: the spec that the task is judged by, changed by its own result, is flagged', async () => {
    const answer = await judged(() => origin.write('specs/one.yaml', SPEC.replace('src', '**')), {
      specPath: 'specs/one.yaml',
    });
    expect(rulesOf(answer)).to.include('arbiter.self_amendment');
  });

  it('R-308, K: a rename counts on both sides, a deletion counts, and neither escapes the scope', async () => {
    const moved = await judged(() => {
      origin.write('other/.keep', '');
      renameSync(path.join(origin.folder, 'src/a.ts'), path.join(origin.folder, 'other/a.ts'));
    });
    expect(rulesOf(moved).some((rule) => rule.startsWith('scope.'))).to.equal(true);
    const gone = await judged(() => rmSync(path.join(origin.folder, 'specs/one.yaml')));
    expect(resultOf(gone, 'caws.scope')).to.equal('FAIL');
    const within = await judged(() =>
      renameSync(path.join(origin.folder, 'src/a.ts'), path.join(origin.folder, 'src/c.ts')),
    );
    expect(within.clauses.find(({ id }) => id === 'caws.budget')?.observed['diff.files']).to.equal('2');
  });

  it('R-301: binaries count as files, links and modes are seen', async () => {
    const answer = await judged(() => {
      origin.write('src/picture.png', Buffer.from([0, 1, 2, 3, 0]));
      symlinkSync('/etc/passwd', path.join(origin.folder, 'link'));
      chmodSync(path.join(origin.folder, 'src/b.ts'), 0o755);
    });
    const observed = answer.clauses.find(({ id }) => id === 'caws.budget')?.observed ?? {};
    expect([observed['diff.files'], observed['diff.binaries']]).to.deep.equal(['3', '1']);
    expect(resultOf(answer, 'arbiter.symlinks')).to.equal('FAIL');
    expect(resultOf(answer, 'arbiter.modes')).to.equal('FAIL');
  });

  it('hazard: odd names are themselves, whatever core.quotePath says', async () => {
    const answer = await judged(() => origin.write('src/ä "q" \\n.ts', 'x\n'));
    expect(answer.changes.map((change) => change.path)).to.deep.equal(['src/ä "q" \\n.ts']);
    expect(rulesOf(answer)).to.include('arbiter.paths.odd_name');
  });

  it('hazard: a name beside an untouched one in another case, file or folder, is a collision', async () => {
    const file = await judged(() => origin.write('src/A.ts', 'x\n'));
    expect(file.violations.map(({ rule, path: where }) => [rule, where])).to.deep.include([
      'arbiter.paths.case_collision',
      'src/A.ts',
    ]);
    const inFolder = await judged(() => origin.write('SRC/new.ts', 'x\n'));
    expect(rulesOf(inFolder)).to.include('arbiter.paths.case_collision');
    const alone = await judged(() => origin.write('src/new.ts', 'x\n'));
    expect(rulesOf(alone)).to.deep.equal([]);
  });

  it('law 10: git that fails is an error with no changes, never a change list that is empty', async () => {
    const lost = await judged(() => origin.write('src/a.ts', 'x\n'), { baseCommit: 'f'.repeat(40) }).then(
      ({ outcome, diff }) => ({ outcome, diff }),
      (error: unknown) => ({ outcome: (error as Error).name, diff: null }),
    );
    expect(lost.diff).to.equal(null);
    expect(lost.outcome).to.not.equal('PASS');
  });

  it('R-304: a spec whose semantics were waived is the spec that judges; one that was not, is none', async () => {
    const broken = specText({
      tier: 2,
      extra: 'experimental_mode: {enabled: true, rationale: because, expires_at: "2099-01-01T00:00:00Z"}',
    });
    const by = { spec: broken, specSha256: sha256(broken) };
    const bare = await judged(() => origin.write('src/a.ts', 'x\n'), by);
    expect([bare.outcome, resultOf(bare, 'caws.scope')]).to.deep.equal(['FAIL', 'ERROR']);
    const waivers = [waiver({ clause: 'caws.spec.semantics' })];
    const waived = await judged(() => origin.write('src/a.ts', 'x\n'), { ...by, waivers });
    expect(waived.outcome).to.equal('PASS');
    const outside = await judged(() => origin.write('other/a.ts', 'x\n'), { ...by, waivers });
    expect(resultOf(outside, 'caws.scope'), 'it cures its own clause only').to.equal('FAIL');
  });
});
