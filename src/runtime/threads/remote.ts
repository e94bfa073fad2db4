import { Worker } from 'node:worker_threads';
import type { LogSink } from '../../platform/service-log.js';
import { callsOver, received, type ThreadFunctions } from './messages.js';
import type { Thread, ThreadOptions } from './thread.js';

/** Starts components in a worker thread. Rejects with their error when they can not start. */
export const startRemoteThread = async (options: ThreadOptions, log: LogSink): Promise<Thread> => {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  const calls = callsOver<ThreadFunctions, object>(worker, {});
  const failed = new Promise<never>((_, reject) => {
    const end = (error: Error): void => {
      calls.$close(error);
      reject(error);
    };
    worker.once('error', end);
    worker.once('exit', (code) => end(new Error(`a thread of components ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const started = await calls.start(options, log);
  if ('message' in started) {
    await worker.terminate();
    throw received(started);
  }
  return {
    components: started,
    readiness: () => calls.readiness(),
    alive: () => calls.alive(),
    figures: () => calls.figures(),
    stop: async () => {
      try {
        await calls.stop();
      } finally {
        await worker.terminate();
      }
    },
    failed,
  };
};
