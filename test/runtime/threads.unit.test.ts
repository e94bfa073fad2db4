import { expect } from 'chai';
import { createMetrics } from '../../src/platform/metrics.js';
import { COMPONENT_NAMES, processOf, threadOf } from '../../src/runtime/index.js';
import { received, sendable } from '../../src/runtime/threads/messages.js';
import { planThreads } from '../../src/runtime/threads/plan.js';
import type { Thread } from '../../src/runtime/threads/thread.js';
import { readExposition } from '../support/exposition.js';

const nothing = (): Promise<void> => Promise.resolve();
const quiet = { warn: () => undefined };

const thread = (name: string, more: Partial<Thread> = {}): Thread => ({
  components: [name],
  readiness: () => Promise.resolve({ ready: true, detail: { [name]: { ready: true } } }),
  alive: () => Promise.resolve(true),
  figures: () => Promise.resolve([]),
  stop: nothing,
  close: nothing,
  failed: new Promise(() => undefined),
  ...more,
});

describe('the threads of a process', () => {
  it('part 3: every component runs in one thread, the edge before the owners; of one kind, in this thread alone', () => {
    const plan = planThreads(COMPONENT_NAMES);
    expect(plan).to.have.length(2);
    expect(plan.flat()).to.have.members(COMPONENT_NAMES);
    expect(plan.flat()).to.have.length(COMPONENT_NAMES.length);
    expect(plan[0]?.[0]).to.equal('intake');
    expect(plan[1]).to.include.members(['signer', 'projections']);
    expect(planThreads(['saga', 'intake'])).to.deep.equal([['saga', 'intake']]);
    expect(planThreads(['signer'])).to.deep.equal([['signer']]);
  });

  it('R-626: ready when all threads are; one that has died is not alive, one that is busy for a moment is', async function () {
    this.timeout(10_000);
    const of = (...threads: Thread[]) => processOf(threads, 100, quiet);
    const both = of(thread('saga'), thread('signer'));
    expect(both.components).to.deep.equal(['saga', 'signer']);
    expect(await both.readiness()).to.deep.equal({
      ready: true,
      detail: { saga: { ready: true }, signer: { ready: true } },
    });
    expect(await both.alive()).to.equal(true);
    const dead = (): Promise<never> => Promise.reject(new Error('ended'));
    const silent = (): Promise<never> => new Promise(() => undefined);
    for (const [answer, alive] of [
      [dead, false],
      [silent, true],
    ] as const) {
      const half = of(
        thread('saga'),
        thread('signer', { readiness: answer, alive: answer, figures: answer }),
      );
      const { ready, detail } = await half.readiness();
      expect(ready).to.equal(false);
      expect(detail['signer']).to.deep.equal({ ready: false, detail: { answers: false } });
      expect(await half.alive(), 'silent for a moment is alive').to.equal(alive);
      const refused = await half.metrics().catch((error: unknown) => error);
      expect(refused, 'half of the counters would look like a restart').to.be.instanceOf(Error);
    }
  });

  it('R-601: the figures of all threads are told as one; what the process has once is not left out', async () => {
    const [main, other] = [createMetrics({ thread: 'main' }), createMetrics({ thread: 'worker' })];
    const components = { components: [], readiness: () => ({ ready: true, detail: {} }), alive: () => true };
    const figures = { ...components, observe: () => undefined, closePublishers: nothing, stop: nothing };
    for (const metrics of [main, other]) {
      metrics.recordRejected('arbiter.tasks', 'OLDER_CLAIM');
      metrics.signed(3);
    }
    other.ownerStatus('signer', 0, 'owning');
    const process_ = processOf(
      [main, other].map((metrics) => threadOf(figures, metrics, nothing)),
      100,
      quiet,
    );
    const families = readExposition(await (await process_.metrics()).metrics());
    const valueOf = (family: string, name = family): number | undefined =>
      families.get(family)?.samples.find((sample) => sample.name === name)?.value;
    expect(valueOf('arbiter_records_rejected_total')).to.equal(2);
    expect(valueOf('arbiter_owner_owning')).to.equal(1);
    expect(
      valueOf('arbiter_signature_duration_seconds', 'arbiter_signature_duration_seconds_count'),
    ).to.equal(2);
    expect(families.get('process_start_time_seconds')?.samples).to.have.length(1);
    expect(valueOf('process_start_time_seconds')).to.be.greaterThan(0);
    const heaps = families.get('nodejs_heap_size_used_bytes')?.samples.map(({ labels }) => labels['thread']);
    expect(heaps).to.have.members(['main', 'worker']);
  });

  it('R-625: the edge first, then its connection, then the owners; what hangs takes half of what is left', async () => {
    const order: string[] = [];
    const hangs = (): Promise<void> => new Promise(() => undefined);
    const stopping = (components: string[], how: (name: string) => Promise<void>): Thread => ({
      ...thread(''),
      components,
      stop: (name) => {
        order.push(name);
        return how(name);
      },
      close: () => {
        order.push(`connection of ${components.join()}`);
        return nothing();
      },
    });
    const fails = (): Promise<void> => Promise.reject(new Error('no'));
    const threads = [
      stopping(['intake', 'saga'], (name) => (name === 'intake' ? hangs() : fails())),
      stopping(['signer'], nothing),
    ];
    // Half of it is room for a machine that is busy.
    const limitMs = 6_000;
    const begun = Date.now();
    expect(await processOf(threads, limitMs, quiet).stop(), 'left behind').to.deep.equal(['intake']);
    expect(Date.now() - begun).to.be.lessThan(limitMs);
    expect(order).to.deep.equal([
      'intake',
      'saga',
      'connection of intake,saga',
      'signer',
      'connection of signer',
    ]);
  });

  it('an error of another thread comes with its code and its words', () => {
    const error = Object.assign(new TypeError('no key'), {
      code: 'NO_KEY',
      repair: 'run: arbiter up',
      at: { x: 1 },
    });
    const { message, name, stack, ...words } = received(structuredClone(sendable(error)));
    expect({ message, name }).to.deep.equal({ message: 'no key', name: 'TypeError' });
    expect(stack).to.contain('threads.unit.test');
    expect(words).to.deep.equal({ code: 'NO_KEY', repair: 'run: arbiter up' });
    expect(received(sendable('words')).message).to.equal('words');
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:5432')]);
    expect(received(sendable(refused)).message).to.contain('ECONNREFUSED');
  });
});
