import pLimit from 'p-limit';
import type { SpecValidationStarted, VerificationStarted } from '../../events/generated/events.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { answerHead, asComponent, startAsking } from '../asking.js';
import { checkSubmittedResult } from './check-result.js';
import { checkRequestedSpec } from './check-spec.js';
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
  // Only checks that need git are bounded closely: they start processes.
  const git = pLimit(options.concurrency);
  const bounded = <T>(needsGit: boolean, check: () => Promise<T>): Promise<T> =>
    needsGit ? git(check) : check();
  const asker = await startAsking(context, {
    groupId: CONSTITUTION_GROUP,
    asks: ['SpecValidationStarted', 'VerificationStarted'],
    kinds: ['VALIDATE_SPEC', 'VERIFY'],
    concurrency: 2000,
    handle: async (ask) => {
      const head = answerHead(context.name, ask);
      if (ask.event.type === 'SpecValidationStarted') {
        const { request } = ask.event.body as unknown as SpecValidationStarted;
        const needsGit = request.repository !== null || request.spec === null;
        const checked = await bounded(needsGit, () =>
          checkRequestedSpec(request, stores, ask.event.body.meta.occurredAt),
        );
        await context.facts.publish('SpecChecked', head, checked);
        return;
      }
      const verification = ask.event.body as unknown as VerificationStarted;
      const verified = await bounded(verification.repository !== null, () =>
        checkSubmittedResult(verification, stores),
      );
      await context.facts.publish('ResultVerified', head, verified);
    },
  });
  return asComponent(context, CONSTITUTION_GROUP, asker, { stop: () => stores.close() });
};
