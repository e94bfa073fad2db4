/**
 * Runs the command of a gate over a result: in a clean checkout made from Arbiter's own store, in a sandbox without a network, bounded in
 * time, memory and output; and takes its evidence, as a stranger's file. Everything it started is gone afterwards.
 */
export { readEvidenceFile, type EvidenceFile } from './evidence-file.js';
export { evidenceStore, type EvidenceStore } from './evidence-store.js';
export { openGateFolders, type GateFolder, type GateFolders } from './gate-folders.js';
export { sandboxSupport } from './gate-sandbox.js';
export { GateInterrupted, runGateCommand, type CommandRun, type GateCommandOptions } from './run-command.js';
