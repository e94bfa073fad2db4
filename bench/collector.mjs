// Loaded into the arbiter process by `soak` and `memory`: what is live in all its threads after a full collection, every minute
// or at SIGUSR2. A heap is collected by its own thread only, so the main thread asks the others.
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const MINUTE = 60_000;
const ANSWER_MS = 1500;

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
} else if (process.argv.includes('run')) {
  let answers = [];
  channel.onmessage = ({ data }) => void (typeof data === 'number' && answers.push(data));
  const collect = async () => {
    answers = [];
    channel.postMessage('collect');
    await sleep(ANSWER_MS, undefined, { ref: false });
    const each = [liveBytes(), ...answers];
    const collected = {
      live_bytes: each.reduce((sum, bytes) => sum + bytes, 0),
      threads: each.length,
      rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
    };
    process.stderr.write(`${JSON.stringify({ collected })}\n`);
  };
  if (process.env.COLLECT_AT === 'minutes') setInterval(() => void collect(), MINUTE).unref();
  else process.on('SIGUSR2', () => void collect());
}
