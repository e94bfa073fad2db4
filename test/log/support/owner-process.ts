/**
 * A process that owns a counters' log on a real broker: `node --import tsx owner-process.ts '{…OwnerProcess}'`. It says on
 * its standard output, a JSON line each, what its owner told the outside.
 */
import { openKafkaBus } from '../../../src/bus/kafka/index.js';
import {
  openFeeds,
  openGate,
  OWNER_LIMITS,
  PartitionOwner,
  silentObserver,
  startOwners,
  systemClock,
  type OwnerObserver,
} from '../../../src/log/index.js';
import { counters } from './counter-domain.js';
import { plainCodec } from './plain-codec.js';

export interface OwnerProcess {
  readonly name: string;
  readonly brokers: readonly string[];
  readonly inbox: string;
  readonly log: string;
  /** Without one it asks nobody and believes in itself. */
  readonly groupId?: string;
}

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const options = JSON.parse(process.argv[2] ?? '{}') as OwnerProcess;
const bus = await openKafkaBus({
  brokers: options.brokers,
  clientId: options.name,
  requestTimeoutMs: 500,
  connectionTimeoutMs: 500,
});
const observer: OwnerObserver = {
  ...silentObserver,
  status: (_at, status, detail) => say({ status, detail }),
  rejected: (_at, reason) => say({ rejected: reason }),
  doubtful: (_at, error) => say({ doubtful: error instanceof Error ? error.message : String(error) }),
  parked: (_at, _input, error) => say({ parked: String(error) }),
};
const common = {
  owner: 'counters',
  instance: options.name,
  build: 'test',
  bus,
  codec: plainCodec(),
  clock: systemClock,
  random: Math.random,
  inboxOwned: false,
  partitions: 1,
  domain: counters,
  gate: openGate,
  limits: { ...OWNER_LIMITS, maxInputs: 8, graceMs: 100, backoffMs: 50 },
  observer,
};

if (options.groupId !== undefined) {
  await startOwners({
    ...common,
    groupId: options.groupId,
    inboxTopic: options.inbox,
    logTopic: options.log,
    sessionTimeoutMs: 2_000,
  });
} else {
  await new PartitionOwner({
    ...common,
    log: { topic: options.log, partition: 0 },
    inbox: { topic: options.inbox, partition: 0 },
    topicIds: { log: null, inbox: null },
    feeds: await openFeeds(bus),
    // Long enough for the others to get on in between.
    confirmMembership: () => new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800)),
  }).run();
}
