import type { SpecValidationStarted, VerificationStarted } from '../../events/generated/events.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { answerHead, asComponent, startAsking } from '../asking.js';
import { checkSubmittedResult } from './check-result.js';
import { checkRequestedSpec } from './check-spec.js';
import { createStores } from './stores.js';

export const CONSTITUTION_GROUP = 'arbiter.constitution';

export interface ConstitutionOptions {
  /** Folder of Arbiter's own bare stores. */
  readonly gitFolder: string;
  readonly concurrency: number;
}

/** The constitution: answers whether a spec may be executed and whether a result obeys the rules (law 10). */
export const startConstitution = async (
  context: ComponentContext,
  options: ConstitutionOptions,
): Promise<Component> => {
  const stores = createStores(options.gitFolder);
  const asker = await startAsking(context, {
    groupId: CONSTITUTION_GROUP,
    asks: ['SpecValidationStarted', 'VerificationStarted'],
    kinds: ['VALIDATE_SPEC', 'VERIFY'],
    concurrency: options.concurrency,
    handle: async (ask) => {
      const head = answerHead(context.name, ask);
      if (ask.event.type === 'SpecValidationStarted') {
        const { request } = ask.event.body as unknown as SpecValidationStarted;
        await context.facts.publish('SpecChecked', head, await checkRequestedSpec(request, stores));
        return;
      }
      const verification = ask.event.body as unknown as VerificationStarted;
      await context.facts.publish('ResultVerified', head, await checkSubmittedResult(verification, stores));
    },
  });
  return asComponent(context, asker, () => stores.close());
};
