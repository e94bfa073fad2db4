import type { SpecValidationStarted, VerificationStarted } from '../../events/generated/events.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { answerHead, asComponent, startAsking } from '../asking.js';
import { checkSubmittedResult } from './check-result.js';
import { checkRequestedSpec } from './check-spec.js';
import { gitSlots } from './git-slots.js';
import { createStores } from '../../platform/git/index.js';

export const CONSTITUTION_GROUP = 'arbiter.constitution';

export interface ConstitutionOptions {
  /** Folder of Arbiter's own bare stores. */
  readonly gitFolder: string;
  /** Checks that need git, at once. */
  readonly concurrency: number;
}

/** The constitution: answers whether a spec may be executed and whether a result obeys the rules (law 10). */
export const startConstitution = async (
  context: ComponentContext,
  options: ConstitutionOptions,
): Promise<Component> => {
  const stores = createStores(options.gitFolder);
  const git = gitSlots(options.concurrency);
  const asker = await startAsking(context, {
    groupId: CONSTITUTION_GROUP,
    asks: ['SpecValidationStarted', 'VerificationStarted'],
    kinds: ['VALIDATE_SPEC', 'VERIFY'],
    concurrency: 2000,
    handle: async (ask) => {
      /** Checks in its turn, and not at all when the task has gone on meanwhile (law 6). */
      const inTurn = <T>(repository: string | null, check: () => Promise<T>): Promise<T | undefined> =>
        repository === null ? check() : git(repository, () => ask.isWanted(), check);
      const head = answerHead(context.name, ask);
      if (ask.event.type === 'SpecValidationStarted') {
        const { request } = ask.event.body as unknown as SpecValidationStarted;
        const specRepository = request.spec === null ? request.specRepository : null;
        const checked = await inTurn(request.repository ?? specRepository, () =>
          checkRequestedSpec(request, stores, ask.event.body.meta.occurredAt),
        );
        if (checked !== undefined) await context.facts.publish('SpecChecked', head, checked);
        return;
      }
      const verification = ask.event.body as unknown as VerificationStarted;
      const verified = await inTurn(verification.repository, () =>
        checkSubmittedResult(verification, stores),
      );
      if (verified !== undefined) await context.facts.publish('ResultVerified', head, verified);
    },
  });
  return asComponent(context, CONSTITUTION_GROUP, asker, { stop: () => stores.close() });
};
