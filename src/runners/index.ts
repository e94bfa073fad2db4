/**
 * How agents plug in: a worker SDK (`startWorker`) that keeps the protocol of `docs/worker-protocol.md`, and a run for it that makes
 * any program an agent (`commandRunner`), in a clone of its own and in a sandbox.
 */
export * from './assignment.js';
export { commandRunner, type CommandRunnerOptions } from './command-runner.js';
export { RunnerRefused } from './command-sandbox.js';
export { detectSandbox, findOnPath, isProgram, type SandboxSupport } from './sandbox.js';
export { AFTER_GRACE_MS, startWorker, type Worker, type WorkerOptions } from './worker.js';
