import type { AskRepeated, LogMeta, VerdictIssued } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { openGate, type Input, type LoggedEvent } from '../../log/index.js';
import { traceOf, wordsOf, type Component, type ComponentContext } from '../../platform/component.js';
import type { SigningKey } from '../../verdicts/index.js';
import { headFrom } from '../asking.js';
import { startOwning } from '../owning.js';
import { issuedOf, IssuedSearch, RecentlyIssued, type Issued } from './issued.js';
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

  const answer = (event: LoggedEvent, ask: { offset: number; eventId: string }, issued: Issued): void => {
    const head = { ...headFrom(name, event), factId: `${name}/${ask.eventId}`, inReplyTo: ask };
    // A lost answer is asked for again, without limit (law 10).
    facts.publish('VerdictSigned', head, issued).catch((error: unknown) => {
      const place = { taskId: head.taskId, ...traceOf(head.traceparent), ask };
      logger.warn({ ...place, error: wordsOf(error) }, 'answer not acknowledged, the ask will come again');
    });
  };

  /** Asks are offsets of one partition of the tasks log, so what is known of them is kept by partition. */
  const answering = (partition: number) => {
    const recent = new RecentlyIssued();
    const log = { topic: TOPICS.verdicts, partition };
    const search = new IssuedSearch(bus, codec, log, (error) =>
      logger.warn({ ...log, error: wordsOf(error) }, 'answers can not be repeated, the asks will come again'),
    );
    const answerAgain = async (event: LoggedEvent, { ask }: AskRepeated): Promise<void> => {
      const issued = recent.get(ask.offset) ?? (await search.find(ask.offset));
      if (issued !== undefined) answer(event, ask, issued);
    };
    return (input: Input<TaskEvent>, events: readonly LoggedEvent[]): void => {
      if (input.kind !== 'record') return;
      const asked: LoggedEvent = { type: input.type, offset: input.offset, body: input.record };
      if (input.type === 'AskRepeated') {
        const repeated = input.record as unknown as AskRepeated;
        if (repeated.kind === 'SIGN') void answerAgain(asked, repeated);
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
  };

  return startOwning(context, {
    groupId: SIGNER_GROUP,
    inboxTopic: TOPICS.tasks,
    logTopic: TOPICS.verdicts,
    inboxOwned: true,
    domain,
    gate: openGate,
    perPartition: (partition) => ({ afterDecision: answering(partition) }),
  });
};
