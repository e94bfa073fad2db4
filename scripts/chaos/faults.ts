import { setTimeout as sleep } from 'node:timers/promises';
import type { PartName } from '../../src/platform/stack/index.js';
import type { Parts } from './parts.js';
import type { Chance } from './random.js';
import type { Supervised } from './supervised.js';

/** One thing that was done to a process, ms since the epoch. */
export interface Fault {
  readonly target: string;
  readonly how: 'kill -9' | 'stop';
  /** Down or stopped for this long at least, ms. */
  readonly ms: number;
  readonly at: number;
  until: number;
}

export interface FaultOptions {
  readonly random: Chance;
  readonly parts: Parts;
  readonly arbiters: readonly Supervised[];
  readonly workers: readonly Supervised[];
  /** Longest outage, ms. */
  readonly longestMs: number;
  onFault(fault: Fault): void;
}

const WEIGHTS = { arbiter: 35, worker: 20, kafka: 20, registry: 10, postgres: 15 } as const;

/** One after the other, until `until`: something is killed or stopped, comes back, and there is a short rest. */
export const injectFaults = async (
  options: FaultOptions,
  until: () => boolean,
): Promise<readonly Fault[]> => {
  const { random } = options;
  const faults: Fault[] = [];
  while (!until()) {
    await sleep(random.between(1000, 5000));
    if (until()) break;
    const kind = random.weighted(WEIGHTS);
    const how = random.next() < 0.5 ? 'kill -9' : 'stop';
    const ms = how === 'stop' ? random.between(5000, options.longestMs) : random.between(200, 6000);
    const process_ =
      kind === 'arbiter' || kind === 'worker' ? pickOf(random, options[`${kind}s`]) : undefined;
    const fault: Fault = { target: process_?.name ?? kind, how, ms, at: Date.now(), until: 0 };
    options.onFault(fault);
    faults.push(fault);
    if (process_ !== undefined) await onProcess(process_, how, ms);
    else await onPart(options.parts, kind as PartName, how, ms);
    fault.until = Date.now();
  }
  return faults;
};

const pickOf = (random: Chance, list: readonly Supervised[]): Supervised => {
  const found = list[random.between(0, list.length - 1)];
  if (found === undefined) throw new Error('processes: expected at least one');
  return found;
};

const onProcess = async (target: Supervised, how: Fault['how'], ms: number): Promise<void> => {
  if (how === 'kill -9') {
    target.kill(ms);
    await sleep(ms);
    return;
  }
  target.pause();
  try {
    await sleep(ms);
  } finally {
    target.resume();
  }
};

const onPart = (parts: Parts, name: PartName, how: Fault['how'], ms: number): Promise<void> =>
  how === 'kill -9' ? parts.kill(name, ms) : parts.pause(name, ms);
