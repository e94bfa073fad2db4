import { openLiveMemoryBus } from '../../../src/bus/index.js';
import { systemClock } from '../../../src/log/index.js';
import { createEdgePublisher } from '../../../src/producers/index.js';
import { commandRunner, startWorker } from '../../../src/runners/index.js';
import { dispatcherOn, testCodec } from './assignments.js';

/** A worker process that takes one task from a bus of its own and never ends it: `STATE_FOLDER REPOSITORY BASE`. */
const [stateFolder = '', repository = '', baseCommit = ''] = process.argv.slice(2);
const codec = await testCodec();
const bus = openLiveMemoryBus();
const dispatcher = await dispatcherOn(bus, codec, () => Date.now());
const publisher = await createEdgePublisher(await bus.openPublisher(), codec, bus.admin);
const worker = await startWorker({
  bus,
  codec,
  publisher,
  clock: systemClock,
  agentId: 'coder',
  slots: 1,
  build: 'test',
  stateFolder,
  run: await commandRunner({ argv: ['sleep', '20'], stateFolder, sandbox: 'off' }),
});
await dispatcher.offer('T-1', 17, worker.instance, { offer: { repository, baseCommit } });
process.stdout.write(`${worker.instance}\n`);
