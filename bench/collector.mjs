// Loaded into the arbiter process by `soak` and `memory`: what is live after a full collection, every minute or at SIGUSR2.
const MINUTE = 60_000;

const collect = () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const collected = { live_bytes: heapUsed + external, rss_mb: Math.round(rss / 1e6) };
  process.stderr.write(`${JSON.stringify({ collected })}\n`);
};

if (process.argv.includes('run')) {
  if (process.env.COLLECT_AT === 'minutes') setInterval(collect, MINUTE).unref();
  else process.on('SIGUSR2', collect);
}
