import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkSubmittedResult } from '../../src/consumers/constitution/check-result.js';
import { checkRequestedSpec } from '../../src/consumers/constitution/check-spec.js';
import { createStores, type Stores } from '../../src/platform/git/index.js';
import type { ResultClaim, VerificationStarted } from '../../src/events/generated/events.js';
import { SPEC } from '../support/spec.js';
import { request } from '../support/tasks.js';

describe('constitution on real git repositories', () => {
  let folder: string;
  let repository: string;
  let base: string;
  let stores: Stores;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  const commit = (file: string, text: string): string => {
    mkdirSync(path.dirname(path.join(repository, file)), { recursive: true });
    writeFileSync(path.join(repository, file), text);
    git('add', '-A');
    git('commit', '-qm', file);
    return git('rev-parse', 'HEAD');
  };
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'arbiter-constitution-'));
    repository = path.join(folder, 'repository');
    mkdirSync(repository);
    git('init', '-q', '-b', 'main');
    commit('specs/one.yaml', SPEC);
    base = commit('src/a.ts', 'a\n');
    stores = createStores(path.join(folder, 'stores'));
  });
  after(async () => {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (
    result: Partial<ResultClaim>,
    over: Partial<VerificationStarted> = {},
  ): VerificationStarted => ({
    meta: {} as never,
    taskId: 'T-1',
    token: 1,
    attempt: 1,
    agentId: 'a',
    taskType: 'code-editing',
    repository,
    baseCommit: base,
    spec: SPEC,
    specSha256: createHash('sha256').update(SPEC).digest('hex'),
    result: {
      commit: null,
      ref: null,
      resultSha256: null,
      exitCode: 0,
      output: '',
      usage: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
      evidence: [],
      ...result,
    },
    waivers: [],
    specPath: null,
    ...over,
  });
  const attempt = (branch: string, file: string): string => {
    git('checkout', '-q', '-b', branch, base);
    const made = commit(file, 'changed\n');
    git('checkout', '-q', 'main');
    return made;
  };

  it('pins the base, and takes the spec from the request or from the repository', async () => {
    const inline = await checkRequestedSpec(
      request('T-1', { spec: SPEC, repository, baseRevision: 'main' }),
      stores,
      0,
    );
    expect(inline).to.include({ outcome: 'PASS', baseCommit: base, spec: null, riskTier: 3 });
    const named = {
      spec: null,
      specRepository: repository,
      specRevision: 'main',
      specPath: 'specs/one.yaml',
    };
    const read = await checkRequestedSpec(
      request('T-1', { ...named, repository: null, baseRevision: null }),
      stores,
      0,
    );
    expect(read).to.include({ outcome: 'PASS', spec: SPEC, specSha256: inline.specSha256 });
  });

  it('what is not there is a violation with its place and repair, never an error that hangs', async () => {
    for (const over of [{ baseRevision: 'no-such' }, { repository: `${folder}/nowhere` }]) {
      const given = { spec: SPEC, repository, baseRevision: 'main', ...over };
      const { outcome, violations, specSha256 } = await checkRequestedSpec(request('T-1', given), stores, 0);
      expect([outcome, specSha256, violations.length]).to.deep.equal(['FAIL', null, 1]);
      expect(violations[0]?.repair).to.not.equal('');
    }
  });

  it('a change inside the scope passes, one outside fails the agent by the constitution', async () => {
    const good = attempt('good', 'src/b.ts');
    const passed = await checkSubmittedResult(ask({ commit: good, ref: 'refs/heads/good' }), stores);
    expect(passed).to.deep.include({
      outcome: 'PASS',
      failureClass: null,
      commit: good,
      subject: [{ name: 'result', digest: { gitCommit: good } }],
      diff: { files: 1, insertions: 1, deletions: 0 },
    });
    const bad = attempt('bad', 'elsewhere/c.ts');
    const failed = await checkSubmittedResult(ask({ commit: bad, ref: 'refs/heads/bad' }), stores);
    expect(failed).to.include({ outcome: 'FAIL', failureClass: 'CONSTITUTION' });
    expect(failed.violations.map(({ path: place }) => place)).to.include('elsewhere/c.ts');
  });

  it('hazard: hostile commits and refs are the agent’s failure; an ask that was mangled is nobody’s', async () => {
    for (const commitId of ['--upload-pack=touch x', 'main', 'f'.repeat(40), '']) {
      const { outcome, failureClass } = await checkSubmittedResult(
        ask({ commit: commitId, ref: 'refs/heads/good' }),
        stores,
      );
      expect([outcome === 'PASS', failureClass], commitId).to.deep.equal([false, 'AGENT']);
    }
    const mangled = await checkSubmittedResult(
      ask({ resultSha256: 'a'.repeat(64) }, { specSha256: 'e'.repeat(64), repository: null }),
      stores,
    );
    expect(mangled).to.include({ outcome: 'ERROR', failureClass: 'INFRASTRUCTURE' });
  });

  it('without a workspace the digest is the subject; a digest that is none fails and is no subject', async () => {
    const none = { repository: null, baseCommit: null };
    const passed = await checkSubmittedResult(ask({ resultSha256: 'a'.repeat(64) }, none), stores);
    expect(passed.subject).to.deep.equal([{ name: 'result', digest: { sha256: 'a'.repeat(64) } }]);
    const failed = await checkSubmittedResult(ask({ resultSha256: 'no digest' }, none), stores);
    expect([failed.outcome, failed.subject]).to.deep.equal(['FAIL', []]);
  });
});
