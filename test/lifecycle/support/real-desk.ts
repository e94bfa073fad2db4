import { payloadSha256, showInstant } from '../../../src/aggregates/policies/index.js';
import type { MemoryBus } from '../../../src/bus/memory/index.js';
import type { Publisher } from '../../../src/bus/port.js';
import { startPolicyDesk } from '../../../src/consumers/policy-desk/index.js';
import type {
  PolicyOrder,
  WaiverDecided,
  WaiverDemanded,
  WaiverUsed,
} from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { Component, ComponentContext } from '../../../src/platform/component.js';
import { DEPLOYMENT, keysOf, orderOf, recordOf } from '../../aggregates/policies/support.js';
import { violated } from '../../log/support/sequential-run.js';
import { read, textCodec } from './text-codec.js';
import type { Simulation } from './simulation.js';

/** The policy desk as it is, instead of people who answer by themselves. */
export const startRealDesk = (context: ComponentContext): Promise<Component> =>
  startPolicyDesk(context, { key: DEPLOYMENT.key });

const WAIVER = 'W-last';

/** A waiver of the budget with one use, for every task of the spec: they race for it. */
export const grantOneUse = async (bus: MemoryBus, specId: string): Promise<void> => {
  const person = (principalId: string, role: 'ADMIN' | 'REQUESTER' | 'APPROVER') => ({
    ...{ principalId, displayName: '', team: '', actors: [], roles: [role] },
    publicKeyPem: keysOf(principalId).publicKeyPem,
  });
  const ada = keysOf('ada');
  const asked = {
    ...{ waiverId: WAIVER, clause: 'caws.budget', taskId: null, specId, paths: [], uses: 1 },
    amount: { files: 1000 },
    expiresAt: showInstant(bus.clock.now() * 1000 + 3_600_000_000),
  };
  const request = recordOf(
    orderOf('RequestWaiver', { ...asked, reason: 'the generated client is large' }),
    keysOf('req'),
  );
  const approvals = ['bob', 'cyd'].map((name) =>
    recordOf(
      orderOf('ApproveWaiver', { ...asked, requestSha256: payloadSha256(request.order), comment: '' }),
      keysOf(name),
    ),
  );
  const publisher = await bus.run(bus.process('approvers').openPublisher());
  for (const record of [
    recordOf(orderOf('RegisterPrincipal', person('ada', 'ADMIN')), DEPLOYMENT),
    recordOf(orderOf('RegisterPrincipal', person('req', 'REQUESTER')), ada),
    ...['bob', 'cyd'].map((name) => recordOf(orderOf('RegisterPrincipal', person(name, 'APPROVER')), ada)),
    request,
    ...approvals,
  ])
    await bus.run(untilPut(publisher, record));
};

/** Until it is acknowledged, whatever comes of it twice. */
const untilPut = async (publisher: Publisher, record: PolicyOrder): Promise<void> => {
  const encoded = textCodec.encode(TOPICS.policyCommands, 'PolicyOrder', record);
  for (let done = false; !done;)
    done = await publisher.publish(TOPICS.policyCommands, 0, { key: null, ...encoded }).then(
      () => true,
      () => false,
    );
};

/** The use went to one task at most, and only that one was told so. Returns how many tasks wanted it. */
export const checkOneUse = (simulation: Simulation): { readonly wanted: number; readonly used: number } => {
  const events = simulation.accepted(TOPICS.policies);
  const uses = events.filter(({ type }) => type === 'WaiverUsed');
  const winner = uses.map(({ body }) => (body as unknown as WaiverUsed).taskId);
  if (uses.length > 1) violated('the last use was used twice', winner);
  const offsets = new Set(uses.map(({ offset }) => offset));
  for (const { type, body } of simulation.logOf(TOPICS.facts).map(read)) {
    if (type !== 'WaiverDecided') continue;
    const { outcome, waivers } = body as unknown as WaiverDecided;
    if (outcome === 'CURED' && !waivers.every(({ offset }) => offsets.has(offset)))
      violated('a task was told of a use that nobody counted', waivers);
  }
  const applied = simulation.accepted(TOPICS.tasks).filter(({ type }) => type === 'WaiverApplied');
  for (const { body } of applied) {
    const { taskId } = body as unknown as { taskId: string };
    if (!winner.includes(taskId)) violated(`${taskId} passed by a use that another has`, winner);
  }
  if (applied.length > 1) violated('two tasks passed by one use');
  const wanting = events.filter(({ type }) => type === 'WaiverDemanded');
  const tasks = new Set(wanting.map(({ body }) => (body as unknown as WaiverDemanded).taskId));
  return { wanted: tasks.size, used: uses.length };
};
