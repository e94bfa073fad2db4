import { Worker } from 'node:worker_threads';
import type { LogSink } from '../../platform/service-log.js';
import { callsOver, received, type ThreadFunctions } from './messages.js';
import type { Thread, ThreadOptions } from './thread.js';

/** Starts components in a worker thread. Rejects with their error when they can not start. */
export const startRemoteThread = async (options: ThreadOptions, log: LogSink): Promise<Thread> => {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  const calls = callsOver<ThreadFunctions, object>(worker, {});
  const expected = { end: false };
  const terminate = async (): Promise<void> => {
    expected.end = true;
    await worker.terminate();
  };
  const failed = new Promise<never>((_, reject) => {
    const end = (error: Error): void => {
      calls.$close(error);
      if (!expected.end) reject(error);
    };
    worker.once('error', end);
    worker.once('exit', (code) => end(new Error(`a thread of components ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const started = await calls.start(options, log);
  if ('message' in started) {
    await terminate();
    throw received(started);
  }
  return {
    components: started,
    readiness: () => calls.readiness(),
    alive: () => calls.alive(),
    figures: () => calls.figures(),
    stop: (component) => calls.stop(component),
    close: async () => {
      try {
        await calls.close();
      } finally {
        await terminate();
      }
    },
    failed,
  };
};
