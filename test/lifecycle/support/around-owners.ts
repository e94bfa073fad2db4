import type { LogRecord } from '../../../src/bus/port.js';
import type { DerivedIndex, Domain, OwnersOptions } from '../../../src/log/index.js';
import type { AroundOwners } from '../../../src/platform/component.js';
import { mustBeReplay } from './always-replay.js';
import type { Doubles } from './doubles.js';

/** What a simulation wants to know of its owners. */
export interface Watched {
  readonly alwaysReplay: boolean;
  readonly maxInputs: number;
  readonly doubles: Doubles | undefined;
  /** Owner, stream and time of a timer → the highest fact that its owner had decided on when it fired. */
  readonly cursors: Map<string, number>;
  readonly logOf: (topic: string) => readonly LogRecord[];
  readonly fail: (error: unknown) => void;
}

/** Owners with small limits that are watched, and replaced by a mutant where there is one. */
export const aroundOwners =
  (watched: Watched): AroundOwners =>
  (given) => {
    const { doubles, maxInputs } = watched;
    const small = {
      ...given,
      observer: observing(given.instance, given.observer, watched.fail),
      limits: { ...given.limits, backoffMs: 40, checkpointEvery: 10, maxRecords: 12, maxInputs },
      ...(watched.alwaysReplay ? { beforeTurn: replaying(given, watched) } : {}),
    };
    const mutated = doubles?.aroundOwners?.(small) ?? small;
    return { ...mutated, domain: noting(given.instance, mutated.domain, watched.cursors) };
  };

type Observer = OwnersOptions<never, never, never>['observer'];

/** No owner may halt, and no decision may be parked. */
const observing = (instance: string, observer: Observer, fail: Watched['fail']): Observer => ({
  ...observer,
  status: (at, status, detail) => {
    if (status === 'halted') fail(new Error(`${instance} halted: ${detail ?? ''}`));
    observer.status(at, status, detail);
  },
  parked: (_at, _input, error) => fail(error),
  streamParked: (_at, _streamId, error) => fail(error),
});

const replaying =
  <Value, Index extends DerivedIndex<Value>, Record_>(
    { domain, logTopic }: OwnersOptions<Value, Index, Record_>,
    { logOf, fail }: Watched,
  ): NonNullable<OwnersOptions<Value, Index, Record_>['beforeTurn']> =>
  (fold) => {
    try {
      mustBeReplay(domain, fold, logOf(logTopic));
    } catch (error) {
      fail(error);
    }
    return Promise.resolve();
  };

const noting = <Value, Index extends DerivedIndex<Value>, Record_>(
  instance: string,
  domain: Domain<Value, Index, Record_>,
  cursors: Watched['cursors'],
): Domain<Value, Index, Record_> => {
  let cursor = -1;
  return {
    ...domain,
    decide: (view, input, context) => {
      if (input.kind === 'record') cursor = input.offset;
      else cursors.set(`${instance} ${input.streamId} ${input.dueAt}`, cursor);
      return domain.decide(view, input, context);
    },
  };
};
