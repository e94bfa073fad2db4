import type { AskRepeated, LogMeta, VerdictIssued } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { openGate, type Input, type LoggedEvent } from '../../log/index.js';
import { wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import type { SigningKey } from '../../verdicts/index.js';
import { headFrom } from '../asking.js';
import { startOwning } from '../owning.js';
import { findIssued, issuedOf, RecentlyIssued, type Issued } from './issued.js';
import { signerDomain } from './signer-domain.js';

export const SIGNER_GROUP = 'arbiter.signer';

type TaskEvent = Readonly<Record<string, unknown>> & { readonly meta: LogMeta; readonly taskId: string };

/** The signer: owner of `arbiter.verdicts`. It answers the saga once the verdict stands in the log, and again when asked. */
export const startSigner = (
  context: ComponentContext,
  options: { readonly key: SigningKey },
): Promise<Component> => {
  const { metrics, bus, codec, logger, build, facts, name } = context;
  const domain = signerDomain({ key: options.key, build, onSigned: (ms) => metrics.signed(ms) });
  const recent = new RecentlyIssued();

  const answer = (event: LoggedEvent, ask: { offset: number; eventId: string }, issued: Issued): void => {
    const head = { ...headFrom(name, event), factId: `${name}/${ask.eventId}`, inReplyTo: ask };
    // A lost answer is asked for again, without limit (law 10).
    facts.publish('VerdictSigned', head, issued).catch((error: unknown) => {
      logger.warn({ ask, error: wordsOf(error) }, 'answer not acknowledged, the ask will come again');
    });
  };

  const answerAgain = async (partition: number, event: LoggedEvent, repeated: AskRepeated): Promise<void> => {
    const { ask } = repeated;
    const log = { topic: TOPICS.verdicts, partition };
    const issued = recent.get(ask.offset) ?? (await findIssued(bus, codec, log, ask.offset));
    if (issued !== undefined) answer(event, ask, issued);
  };

  const afterDecision = (
    partition: number,
    input: Input<TaskEvent>,
    events: readonly LoggedEvent[],
  ): void => {
    if (input.kind !== 'record') return;
    const asked: LoggedEvent = { type: input.type, offset: input.offset, body: input.record };
    if (input.type === 'AskRepeated') {
      const repeated = input.record as unknown as AskRepeated;
      if (repeated.kind !== 'SIGN') return;
      answerAgain(partition, asked, repeated).catch((error: unknown) => {
        logger.warn({ error: wordsOf(error) }, 'answer could not be repeated, the ask will come again');
      });
      return;
    }
    for (const event of events) {
      const verdict = event.body as unknown as VerdictIssued;
      if (verdict.phase !== 'FINAL') continue;
      const issued = issuedOf(event);
      recent.add(verdict.ask.offset, issued);
      answer(asked, verdict.ask, issued);
    }
  };

  return startOwning(context, {
    groupId: SIGNER_GROUP,
    inboxTopic: TOPICS.tasks,
    logTopic: TOPICS.verdicts,
    inboxOwned: true,
    domain,
    gate: openGate,
    perPartition: (partition) => ({
      afterDecision: (input, events) => afterDecision(partition, input, events),
    }),
  });
};
