// Loaded into the arbiter process by `soak` and `memory`: what is live in all its threads after a full collection, every minute
// or at SIGUSR2. A heap is collected by its own thread only, so the main thread asks the others.
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const MINUTE = 60_000;

const liveBytes = () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const channel = new BroadcastChannel('live-bytes').unref();

if (!isMainThread) {
  channel.onmessage = ({ data }) => {
    if (data === 'collect') channel.postMessage(liveBytes());
  };
  channel.postMessage('here');
} else if (process.argv.includes('run')) {
  let others = 0;
  let answers = [];
  channel.onmessage = ({ data }) => {
    if (data === 'here') others += 1;
    else answers.push(data);
  };
  const collect = async () => {
    answers = [];
    channel.postMessage('collect');
    while (answers.length < others) await sleep(50);
    const live = [liveBytes(), ...answers].reduce((sum, bytes) => sum + bytes, 0);
    const collected = { live_bytes: live, rss_mb: Math.round(process.memoryUsage.rss() / 1e6) };
    process.stderr.write(`${JSON.stringify({ collected })}\n`);
  };
  if (process.env.COLLECT_AT === 'minutes') setInterval(() => void collect(), MINUTE).unref();
  else process.on('SIGUSR2', () => void collect());
}
