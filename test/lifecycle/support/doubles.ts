import type { AroundOwners } from '../../../src/platform/component.js';
import type { Fact, SagaIndex } from '../../../src/saga/index.js';
import type { SagaValue } from '../../../src/aggregates/task/index.js';
import type { Domain } from '../../../src/log/index.js';

export type SagaDomain = Domain<SagaValue, SagaIndex, Fact>;

/** What a simulation puts in the place of the real code, to show that the checks see it. Nothing of this is in the product. */
export interface Doubles {
  readonly aroundOwners?: AroundOwners;
  /** The saga's domain as `aroundOwners` changes it: the sequential run is measured by it, so that another check must see it. */
  readonly saga?: (domain: SagaDomain) => SagaDomain;
  /** Replaces methods of the product's classes; the answer puts them back. */
  patch?(): () => void;
}
