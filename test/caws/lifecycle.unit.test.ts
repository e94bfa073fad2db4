import { expect } from 'chai';
import {
  canTransitionSpecWithWorktree,
  deriveBindingState,
  evaluateContention,
  findUnresolvedObligations,
  successorResolver,
} from '../../src/caws/index.js';
import type { ContentionQuestion, WorktreeRegistry } from '../../src/caws/index.js';
import { readable } from './support.js';

describe('lifecycle: bindings', () => {
  const state = (worktree: string | undefined, specId: string | undefined) =>
    deriveBindingState(
      { id: 'A-1', ...(worktree === undefined ? {} : { worktree }) },
      { w: specId === undefined ? {} : { specId } },
      'w',
    );

  it('bound if and only if both name the other', () => {
    for (const worktree of [undefined, '', 'w', 'x']) {
      for (const specId of [undefined, '', 'A-1', 'B-1']) {
        const { kind } = state(worktree, specId);
        const nothing = (worktree ?? '') === '' && (specId ?? '') === '';
        const both = worktree === 'w' && specId === 'A-1';
        expect(kind, `${worktree ?? '-'} ${specId ?? '-'}`).to.equal(
          both ? 'bound' : nothing ? 'unbound' : 'one_sided',
        );
      }
    }
  });

  it('a one-sided binding says which side', () => {
    expect(state('x', 'B-1')).to.deep.equal({
      kind: 'one_sided',
      detail: {
        specHasWorktree: true,
        registryHasSpecId: true,
        specWorktree: 'x',
        registrySpecId: 'B-1',
        worktreeName: 'w',
      },
    });
    expect(state(undefined, 'A-1')).to.deep.equal({
      kind: 'one_sided',
      detail: { specHasWorktree: false, registryHasSpecId: true, registrySpecId: 'A-1', worktreeName: 'w' },
    });
    expect(state('w', undefined)).to.deep.equal({
      kind: 'one_sided',
      detail: { specHasWorktree: true, registryHasSpecId: false, specWorktree: 'w', worktreeName: 'w' },
    });
  });

  it('a worktree that is not registered, also one with the name of a method', () => {
    expect(deriveBindingState({ id: 'A-1' }, {}, 'constructor').kind).to.equal('unbound');
  });
});

describe('lifecycle: transitions', () => {
  it('no end while a worktree is bound, and the message says which', () => {
    for (const transition of ['close', 'archive', 'delete']) {
      const result = canTransitionSpecWithWorktree(
        { id: 'A-1' },
        { v: { specId: 'B-1' }, w: { specId: 'A-1' } },
        transition,
      );
      if (result.ok) throw new Error(transition);
      readable(result.errors);
      expect(result.errors[0]).to.include({
        rule: 'worktree.transition.blocked_by_active_binding',
        pointer: '/worktree',
      });
      expect(result.errors[0]?.message)
        .to.contain('w is bound to A-1')
        .and.to.contain(`cannot ${transition}`);
    }
  });

  it('the end of a merge releases the worktree', () => {
    expect(
      canTransitionSpecWithWorktree({ id: 'A-1' }, { w: { specId: 'A-1' } }, 'merge_finalize'),
    ).to.deep.equal({
      ok: true,
      value: { transition: 'merge_finalize', allowed: true, binding: { worktree_name: 'w', spec_id: 'A-1' } },
    });
  });

  it('no other transitions', () => {
    for (const name of ['', 'Close', 'reopen', 'toString']) {
      const result = canTransitionSpecWithWorktree({ id: 'A-1' }, {}, name);
      expect(result.ok ? '' : result.errors[0]?.rule).to.equal('worktree.transition.invalid_transition');
    }
  });

  it('entries of an older registry are no worktrees', () => {
    const registry = { version: 1, none: null } as unknown as WorktreeRegistry;
    expect(canTransitionSpecWithWorktree({ id: 'A-1' }, registry, 'close').ok).to.equal(true);
  });
});

describe('lifecycle: successors', () => {
  const required = (target_spec_id: string) => [{ target_spec_id, disposition: 'required' as const }];

  it('an id that is none, and specs that could not be read, keep a spec open', () => {
    const outcomes = (ids: Iterable<string> | null, id: string) =>
      findUnresolvedObligations(required(id), successorResolver(ids)).map((o) => o.outcome);
    expect(outcomes(['A-1', 'A-1'], 'A-1')).to.deep.equal([]);
    expect(outcomes(['A-1'], 'B-1')).to.deep.equal(['UNAUTHORED']);
    expect(outcomes(['no id'], 'no id')).to.deep.equal(['MALFORMED_ID']);
    expect(outcomes(null, 'A-1')).to.deep.equal(['REGISTRY_UNAVAILABLE']);
  });
});

describe('lifecycle: contention', () => {
  const spec = (id: string, given: string[], more: object = {}) => ({
    id,
    lifecycle_state: 'active' as const,
    scope: { in: given },
    ...more,
  });
  const ask = (changes: Partial<ContentionQuestion>) =>
    evaluateContention({ path: 'src/a.ts', worktrees: {}, specs: [], currentBranch: 'main', ...changes });
  const on = (specId?: string) => ({ baseBranch: 'main', ...(specId === undefined ? {} : { specId }) });

  it('all who claim the path, each by the first entry that holds it', () => {
    expect(
      ask({
        worktrees: { v: on('A-1'), w: on('B-1'), x: on('C-1') },
        specs: [spec('A-1', ['lib', 'src/*.ts', 'src']), spec('B-1', ['src/']), spec('C-1', ['lib'])],
      }),
    ).to.deep.equal({
      status: 'claimed',
      claimants: [
        { worktreeName: 'v', specId: 'A-1', matchedPattern: 'src/*.ts' },
        { worktreeName: 'w', specId: 'B-1', matchedPattern: 'src/' },
      ],
    });
  });

  it('support claims nothing', () => {
    const supported = spec('A-1', ['lib'], { scope: { in: ['lib'], support: ['src'] } });
    expect(ask({ worktrees: { w: on('A-1') }, specs: [supported] }).status).to.equal('clear');
  });

  it('what cannot be judged is undetermined, even beside a claim', () => {
    const specs = [spec('A-1', ['src']), spec('E-1', [])];
    const reason = (specId?: string): unknown => {
      const found = ask({ worktrees: { v: on('A-1'), w: on(specId) }, specs });
      return found.status === 'undetermined' ? `${found.reason} ${found.worktreeName}` : found.status;
    };
    expect([reason(), reason(''), reason('X-1'), reason('E-1')]).to.deep.equal([
      'missing-specId w',
      'missing-specId w',
      'missing-spec w',
      'missing-scope w',
    ]);
  });

  it('other branches and worktrees that are gone do not contend; who asks is told path and name', () => {
    const specs = [spec('A-1', ['src'])];
    expect(ask({ worktrees: { w: { baseBranch: 'next', specId: 'A-1' } }, specs }).status).to.equal('clear');
    const asked: unknown[] = [];
    const worktreeExists = (worktree: unknown): boolean => asked.push(worktree) === 0;
    expect(ask({ worktrees: { w: { ...on('A-1'), path: '/w' } }, specs, worktreeExists }).status).to.equal(
      'clear',
    );
    expect(asked).to.deep.equal([{ path: '/w', name: 'w' }]);
  });
});
