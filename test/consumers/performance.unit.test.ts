import { expect } from 'chai';
import { performanceDomain } from '../../src/consumers/performance/performance-domain.js';
import type { OutcomeObserved } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/index.js';
import {
  commanded,
  gateReported,
  HOUR,
  OVER_BUDGET,
  reported,
  RESULT,
  resultVerified,
  routeDecided,
  Scene,
  specChecked,
  submitted,
  waiverDecided,
} from '../support/tasks.js';
import { Race } from '../support/races.js';

/** The outcomes that the performance component makes of what a scene's log holds. */
const outcomesOf = (scene: Scene): OutcomeObserved[] => {
  const domain = performanceDomain();
  return scene.log.flatMap((logged) => {
    const input = {
      kind: 'record',
      offset: logged.offset,
      type: logged.type,
      record: logged.body as never,
    } as const;
    let loaded = new Map<string, readonly LoggedEvent[]>();
    for (let tries = 0; tries < 2; tries++) {
      const context = { now: 0, partition: 0, tail: 0, loaded };
      const decision = domain.decide({ get: () => undefined, index: domain.createIndex() }, input, context);
      if (decision.kind === 'events')
        return decision.events.map(({ data }) => data as unknown as OutcomeObserved);
      if (decision.kind === 'load')
        loaded = new Map([[decision.streamId, decision.offsets.flatMap((o) => scene.log[o] ?? [])]]);
    }
    throw new Error('asked twice');
  });
};

describe('performance: one outcome for each assignment that has ended', () => {
  type Way = readonly [name: string, end: (s: Scene) => void, result: string, failureClass: string | null];
  const token = (s: Scene): number => s.token('T-1');
  const ways: readonly Way[] = [
    ['completed', (s) => void s.bring('T-1', 'completed'), 'SUCCESS', null],
    [
      'declined',
      (s) => {
        s.bring('T-1', 'routed');
        s.send(reported('T-1', 'DECLINED', token(s)));
      },
      'VOID',
      'REFUSED',
    ],
    [
      'not accepted',
      (s) => {
        s.bring('T-1', 'routed');
        s.fire();
      },
      'VOID',
      null,
    ],
    [
      'failed by the agent, attempts left',
      (s) => {
        s.bring('T-1', 'executing');
        s.send(reported('T-1', 'FAILED', token(s), { failureClass: 'AGENT' }));
      },
      'FAILURE',
      'AGENT',
    ],
    [
      'failed by the agent, sealed',
      (s) => {
        s.bring('T-1', 'executing', { maxAttempts: 1 });
        s.send(reported('T-1', 'FAILED', token(s), { failureClass: 'AGENT' }));
      },
      'FAILURE',
      'AGENT',
    ],
    [
      'lease expired',
      (s) => {
        s.bring('T-1', 'executing');
        s.fire();
      },
      'VOID',
      'LEASE_EXPIRED',
    ],
    [
      'verification failed, sealed',
      (s) => {
        s.bring('T-1', 'verifying', { maxAttempts: 1 });
        s.send(resultVerified('T-1', s.pending('T-1'), { outcome: 'FAIL', failureClass: 'CONSTITUTION' }));
      },
      'FAILURE',
      'CONSTITUTION',
    ],
    [
      'suspended',
      (s) => {
        s.bring('T-1', 'executing');
        s.send(commanded('T-1', 'SUSPEND'));
        s.send(commanded('T-1', 'CANCEL'));
      },
      'VOID',
      'SUSPENDED',
    ],
    [
      'over its budget while at work',
      (s) => {
        s.send(submitted('T-1'));
        const budget = { maxFiles: 1, maxLines: 1, revokeOver: true };
        s.send(specChecked('T-1', s.pending('T-1'), { budget }));
        s.send(routeDecided('T-1', s.pending('T-1')));
        s.send(reported('T-1', 'ACCEPTED', token(s)));
        const diff = { files: 2, insertions: 2, deletions: 0 };
        s.send(reported('T-1', 'HEARTBEAT', token(s), { diff }));
      },
      'FAILURE',
      'OVER_BUDGET',
    ],
    ...(
      [
        ['waived', (s) => s.send(waiverDecided('T-1', s.pending('T-1')))],
        ['refused', (s) => s.send(waiverDecided('T-1', s.pending('T-1'), { outcome: 'DENIED' }))],
        ['cancelled while waiting', (s) => s.send(commanded('T-1', 'CANCEL'))],
        ['never decided', (s) => Array.from({ length: 20 }, () => s.fire())],
      ] as const satisfies readonly (readonly [string, (s: Scene) => unknown])[]
    ).map(([what, then]): Way => [
      `rejected, and the waiver ${what}`,
      (s) => {
        s.bring('T-1', 'verifying', { maxAttempts: 1, waiverWaitMs: HOUR });
        s.send(resultVerified('T-1', s.pending('T-1'), { ...OVER_BUDGET, failureClass: 'CONSTITUTION' }));
        then(s);
      },
      'FAILURE',
      'CONSTITUTION',
    ]),
    [
      'passed its gates',
      (s) => {
        s.bring('T-1', 'running_gates');
        s.send(gateReported('T-1', s.pending('T-1')));
        s.send(gateReported('T-1', s.pending('T-1'), { gate: 'lint' }));
      },
      'SUCCESS',
      null,
    ],
    ...(['routed', 'executing', 'verifying', 'running_gates'] as const).map((state): Way => [
      `cancelled while ${state}`,
      (s) => {
        s.bring('T-1', state);
        s.send(commanded('T-1', 'CANCEL'));
      },
      'VOID',
      'CANCELLED',
    ]),
    [
      'deadline',
      (s) => {
        s.bring('T-1', 'executing', { deadline: s.now + 1000 });
        s.now += 2000;
        s.fire();
      },
      'VOID',
      'DEADLINE',
    ],
  ];
  for (const [name, end, result, failureClass] of ways) {
    it(`law 11: ${name} → ${result} ${failureClass ?? ''}`, () => {
      const scene = new Scene();
      end(scene);
      expect(outcomesOf(scene).map((o) => [o.result, o.failureClass])).to.deep.equal([
        [result, failureClass],
      ]);
    });

    it(`R-402: ${name} → what the run says it consumed, wherever it handed in a result`, () => {
      const scene = new Scene();
      end(scene);
      const handedIn = scene.log.some(({ type }) => type === 'ExecutionCompleted');
      expect(outcomesOf(scene).map(({ usage }) => usage)).to.deep.equal([handedIn ? RESULT.usage : null]);
    });
  }

  it('property: over random lives, every TaskRouted that ended has exactly one outcome, the others none', () => {
    let seed = 1;
    const below = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (let life = 0; life < 200; life++) {
      const scene = new Scene();
      scene.bring('T-1', 'routing', {
        maxAttempts: 1 + below(3),
        ...(below(3) ? {} : { deadline: scene.now + 60_000_000 }),
      });
      for (let step = 0; step < 12 && scene.values.has('task/T-1'); step++) {
        const { state } = scene.task('T-1');
        if (state === 'routing')
          scene.send(
            routeDecided('T-1', scene.pending('T-1'), { agentId: `a-${step}`, workerInstance: `w-${step}` }),
          );
        const by = {
          agentId: scene.task('T-1').assignment?.agentId ?? '',
          workerInstance: scene.task('T-1').assignment?.workerInstance ?? '',
        };
        const moves: (() => void)[] = [
          () => scene.send(reported('T-1', 'ACCEPTED', token(scene), by)),
          () => scene.send(reported('T-1', 'RESULT', token(scene), by)),
          () =>
            scene.send(
              reported('T-1', 'FAILED', token(scene), {
                ...by,
                failureClass: below(2) ? 'AGENT' : 'INFRASTRUCTURE',
              }),
            ),
          () => scene.send(reported('T-1', 'DECLINED', token(scene), { ...by, busy: below(2) === 0 })),
          () => scene.fire(),
          () =>
            state === 'verifying' &&
            scene.send(resultVerified('T-1', scene.pending('T-1'), below(2) ? {} : { outcome: 'FAIL' })),
          () => scene.send(commanded('T-1', below(4) ? 'SUSPEND' : 'CANCEL', { commandId: `c-${step}` })),
          () => scene.send(commanded('T-1', 'RESUME', { commandId: `r-${step}` })),
        ];
        moves[below(moves.length)]?.();
      }
      const routed = scene.log.filter(({ type }) => type === 'TaskRouted').map(({ offset }) => offset);
      const value = scene.values.get('task/T-1');
      // A task that is sealed has no open assignment, whatever its state remembers.
      const open = value?.kind === 'task' && value.state !== 'sealed' ? value.assignment?.token : undefined;
      const ended = routed.filter((offset) => offset !== open);
      expect(
        outcomesOf(scene)
          .map((o) => o.token)
          .sort((a, b) => a - b),
        `life ${life}`,
      ).to.deep.equal(ended);
    }
  });

  it('R-225: in a race one outcome for each, of its own decision; who was cut short is not counted against', () => {
    const s = new Race();
    s.route(['a', 'b', 'c']);
    s.say('b', 'FAILED', { failureClass: 'AGENT' });
    s.say('c', 'RESULT');
    s.judge();
    const outcomes = outcomesOf(s).map(({ agentId, token, result, failureClass, attempt }) => {
      expect(token).to.equal(s.tokens.get(agentId));
      return [agentId, result, failureClass, attempt];
    });
    expect(outcomes).to.deep.equal([
      ['b', 'FAILURE', 'AGENT', 1],
      ['c', 'SUCCESS', null, 1],
      ['a', 'VOID', 'OUTRUN', 1],
    ]);
  });
});
