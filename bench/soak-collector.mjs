// Loaded into the arbiter process by `soak`: once a minute, what is live after a full collection.
const MINUTE = 60_000;

if (process.argv.includes('run')) {
  setInterval(() => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    const collected = { live_bytes: heapUsed + external, rss_mb: Math.round(rss / 1e6) };
    process.stderr.write(`${JSON.stringify({ collected })}\n`);
  }, MINUTE).unref();
}
