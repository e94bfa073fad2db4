import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkSpec, type Spec } from '../../../src/caws/index.js';
import { runGate, type GateAnswer, type GateRunner } from '../../../src/consumers/gates/run-gate.js';
import type { GateStarted } from '../../../src/events/generated/events.js';
import { loggedOrder, orderGates, parseGates } from '../../../src/gates/index.js';
import { createStores } from '../../../src/platform/git/index.js';
import {
  evidenceStore,
  openGateFolders,
  sandboxSupport,
  type GateCommandOptions,
} from '../../../src/runners/gate-command/index.js';
import { SPEC } from '../../support/spec.js';

/** A real repository, its store, and gates run over commits of it, as the consumer does. */
export interface GateStage {
  readonly folder: string;
  readonly repository: string;
  readonly state: string;
  /** Makes a commit on a branch of its own on top of the base; null deletes. */
  commit(files: Readonly<Record<string, string | Buffer | null>>): string;
  git(...args: string[]): string;
  readonly base: () => string;
  run(result: string, gates: string, more?: RunMore): Promise<GateAnswer>;
  close(): Promise<void>;
}

export interface RunMore {
  readonly gate?: string;
  readonly spec?: Partial<Spec>;
  readonly options?: Partial<GateCommandOptions>;
  readonly signal?: AbortSignal;
  readonly slot?: GateRunner['slot'];
}

export async function gateStage(baseFiles: Readonly<Record<string, string>>): Promise<GateStage> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'arbiter-gates-')));
  const [repository, state] = [path.join(folder, 'repository'), path.join(folder, 'state')];
  mkdirSync(repository);
  mkdirSync(state);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  const write = (files: Readonly<Record<string, string | Buffer | null>>): void => {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(repository, name);
      if (content === null) {
        rmSync(file, { recursive: true, force: true });
        continue;
      }
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      if (name.endsWith('.sh')) chmodSync(file, 0o755);
    }
  };
  git('init', '-q', '-b', 'main');
  write(baseFiles);
  git('add', '-A');
  git('commit', '-qm', 'base');
  const base = git('rev-parse', 'HEAD');
  const stores = createStores(path.join(state, 'git'));
  const folders = await openGateFolders(path.join(state, 'gates'));
  const support = await sandboxSupport();
  let branches = 0;
  return {
    folder,
    repository,
    state,
    git,
    base: () => base,
    commit: (files) => {
      git('checkout', '-qf', '-b', `attempt-${++branches}`, base);
      git('clean', '-qfdx');
      write(files);
      git('add', '-A', '-f');
      git('commit', '-qm', 'work', '--allow-empty');
      return git('rev-parse', 'HEAD');
    },
    run: async (commit, text, { gate, spec: over, options, signal, slot } = {}) => {
      const check = parseGates(text);
      if (check.gates === undefined) throw new Error(JSON.stringify(check.diagnostics));
      const spec = { ...(checkSpec(SPEC).spec as Spec), ...over };
      const changed = git('diff', '--name-only', '-z', base, commit).split('\0').filter(Boolean);
      const orders = orderGates(
        spec,
        check.gates,
        changed.map((each) => ({ path: each, oldPath: null })),
      );
      const order = orders.find((each) => gate === undefined || each.gate === gate);
      if (order === undefined) throw new Error('no such gate');
      const ask: GateStarted = {
        meta: {} as never,
        taskId: 'T-1',
        token: 1,
        attempt: 1,
        agentId: 'a',
        taskType: 'code-editing',
        index: 0,
        of: 1,
        order: loggedOrder(order),
        repository,
        commit,
        ref: null,
        baseCommit: base,
        resultSha256: null,
        spec: SPEC,
        specSha256: createHash('sha256').update(SPEC).digest('hex'),
        riskTier: spec.risk_tier,
        policySha256: '',
        constitutionSha256: '',
      };
      return runGate(ask, {
        stores,
        folders,
        evidence: evidenceStore(path.join(state, 'evidence')),
        command: {
          sandbox: 'required',
          network: false,
          env: [],
          hide: [state],
          from: process.env,
          support,
          ...options,
        },
        slot: slot ?? ((work) => work()),
        looks: (work) => work(),
        signal: signal ?? new AbortController().signal,
      });
    },
    close: async () => {
      await stores.close();
      await folders.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
