import path from 'node:path';
import pLimit from 'p-limit';
import type { GateStarted } from '../../events/generated/events.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { createStores } from '../../platform/git/index.js';
import {
  evidenceStore,
  GateInterrupted,
  openGateFolders,
  sandboxSupport,
} from '../../runners/gate-command/index.js';
import { answerHead, asComponent, startAsking } from '../asking.js';
import { runGate } from './run-gate.js';

export const GATES_GROUP = 'arbiter.gates';

/** Gates under way at once, most of them waiting for somebody's signature. */
const UNDER_WAY = 1000;
/** Looks for signed results at once. */
const LOOKS = 2;

export interface GatesOptions {
  /** Folder of Arbiter's own bare stores. */
  readonly gitFolder: string;
  /** Arbiter's state folder: no command of a gate sees it, but for its own checkout. */
  readonly stateFolder: string;
  /** Checkouts and commands at once. Gates that wait for a signed result count for none. */
  readonly concurrency: number;
  readonly sandbox: 'required' | 'off';
  readonly network: boolean;
  readonly env: readonly string[];
}

/** Runs the gates that the saga asks for, one answer each (law 6); asks that are overdue or decided otherwise are never begun. */
export const startGates = async (context: ComponentContext, options: GatesOptions): Promise<Component> => {
  const { stateFolder, concurrency, sandbox, network, env, gitFolder } = options;
  const stores = createStores(gitFolder);
  const [folders, support] = await Promise.all([
    openGateFolders(path.join(stateFolder, 'gates')),
    sandboxSupport(),
  ]);
  if (sandbox === 'off') {
    context.logger.warn('gates run without a sandbox: the agents’ code has all rights of this user');
  } else if (!support.available) {
    context.logger.warn({ reason: support.reason }, 'no sandbox: gates with a command will not be run');
  }
  const stopping = new AbortController();
  const [slots, looks] = [pLimit(concurrency), pLimit(LOOKS)];
  const runner = {
    stores,
    folders,
    evidence: evidenceStore(path.join(stateFolder, 'evidence')),
    command: { sandbox, network, env, hide: [stateFolder], from: process.env, support },
    signal: stopping.signal,
  };
  const asker = await startAsking(context, {
    groupId: GATES_GROUP,
    asks: ['GateStarted'],
    kinds: ['RUN_GATE'],
    concurrency: UNDER_WAY,
    handle: async (ask) => {
      const started = ask.event.body as unknown as GateStarted;
      // Either may be waited for long: nothing is begun that nobody wants any more.
      const ifWanted =
        <T>(work: () => Promise<T>) =>
        (): Promise<T> => {
          if (stopping.signal.aborted || !ask.isWanted()) throw new GateInterrupted();
          return work();
        };
      const reported = await runGate(started, {
        ...runner,
        slot: (work) => slots(ifWanted(work)),
        looks: (work) => looks(ifWanted(work)),
      });
      const { outcome, durationMs } = reported;
      context.logger.info({ taskId: ask.taskId, gate: reported.gate, outcome, durationMs }, 'gate run');
      await context.facts.publish('GateReported', answerHead(context.name, ask), reported);
    },
  });
  const component = asComponent(context, GATES_GROUP, asker, {
    stop: async () => {
      await stores.close();
      await folders.close();
    },
  });
  return {
    ...component,
    get lastHeartbeatAt() {
      return component.lastHeartbeatAt;
    },
    // What runs is stopped rather than waited for: the ask comes again.
    stop: () => {
      stopping.abort();
      return component.stop();
    },
  };
};
