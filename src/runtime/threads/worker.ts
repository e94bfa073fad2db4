/** Entry of a worker thread: components of this process beside those of the main thread. */
import { parentPort } from 'node:worker_threads';
import { openServiceLog } from '../../platform/service-log.js';
import { callsOver, sendable, type ThreadFunctions } from './messages.js';
import { startThread, type Thread } from './thread.js';

if (parentPort === null) throw new Error('expected a worker thread, found the main thread');

const running: { thread?: Thread } = {};
const thread = (): Thread => {
  if (running.thread === undefined) throw new Error('the components of this thread have not been started');
  return running.thread;
};

const functions: ThreadFunctions = {
  start: async (options, log) => {
    try {
      running.thread = await startThread(options, openServiceLog(options.settings.logLevel, log), 'worker');
      return running.thread.components;
    } catch (error) {
      return sendable(error);
    }
  },
  readiness: () => thread().readiness(),
  alive: () => thread().alive(),
  figures: () => thread().figures(),
  stop: (component) => thread().stop(component),
  close: () => thread().close(),
};

callsOver(parentPort, functions);
