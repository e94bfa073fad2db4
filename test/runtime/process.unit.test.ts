import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LagAges } from '../../src/platform/lag-ages.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { traceOf, withoutSecrets } from '../../src/platform/component.js';
import {
  ensureSigningKey,
  parseSettings,
  processOf,
  readSettings,
  startHealthServer,
  threadOf,
  type Arbiter,
} from '../../src/runtime/index.js';
import { stopInOrder } from '../../src/runtime/stop-in-order.js';

const noop = (): Promise<void> => Promise.resolve();

describe('a process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'arbiter-process-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('R-601: lag in seconds is the age of the oldest record not read, not the time since it was last at the end', () => {
    let now = 0;
    const ages = new LagAges(() => now);
    for (let i = 0; i < 100; i++) {
      now += 1000;
      expect(ages.see('k', i * 10, i * 10 + 5)).to.be.at.most(1000);
    }
    ages.see('k', 1000, 1010);
    now += 7000;
    expect(ages.see('k', 1000, 1020)).to.equal(7000);
    now += 1000;
    expect(ages.see('k', 1015, 1020)).to.equal(1000);
    expect(ages.see('k', 1020, 1020)).to.equal(0);
  });

  it('law 13: many looks at a partition that stands still are bounded and keep the oldest', () => {
    let now = 0;
    const ages = new LagAges(() => now);
    for (let i = 1; i <= 5000; i++) {
      now = i;
      ages.see('k', 0, i);
    }
    expect(ages.see('k', 0, 5001)).to.equal(4999);
  });

  it('R-625: stops in order, whatever hangs or fails', async () => {
    const order: string[] = [];
    const warned: unknown[] = [];
    const part = (name: string, stop: () => Promise<unknown>) => ({
      name,
      stop: () => {
        order.push(name);
        return stop();
      },
    });
    const parts = [
      part('hangs', () => new Promise(() => undefined)),
      part('fails', () => Promise.reject(new Error('no'))),
      part('stops', () => Promise.resolve()),
    ];
    await stopInOrder(parts, 300, { warn: (fields: unknown) => void warned.push(fields) } as never);
    expect(order).to.deep.equal(['hangs', 'fails', 'stops']);
    expect(warned).to.have.length(2);
  });

  it('R-626: not ready names the halted partition; a look that throws is a 500, not the end of the process', async () => {
    let broken = false;
    const detail = { saga: { ready: false, detail: { halted: ['arbiter.tasks/3'] } } };
    const arbiter = {
      components: [],
      readiness: () => ({ ready: false, detail }),
      observe: () => {
        if (broken) throw new Error('a broken look');
      },
      alive: () => false,
    } as unknown as Arbiter;
    const health = await startHealthServer(
      processOf([threadOf(arbiter, createMetrics(), noop)], 100, {
        warn: () => undefined,
      }),
      0,
    );
    try {
      const get = (place: string) => fetch(`http://127.0.0.1:${health.port}${place}`);
      const ready = await get('/health/ready');
      expect([ready.status, await ready.text()].join(' ')).to.match(/^503 .*arbiter\.tasks\/3/);
      expect((await get('/health/live')).status).to.equal(503);
      expect((await get('/metrics')).status).to.equal(200);
      broken = true;
      expect((await get('/metrics')).status).to.equal(500);
      expect((await fetch(`http://127.0.0.1:${health.port}/metrics`, { method: 'POST' })).status).to.equal(
        405,
      );
    } finally {
      await health.close();
    }
  });

  it('R-624: settings say which file, which field, what was expected and found', async () => {
    const file = path.join(folder, 'settings.yaml');
    const of = async (text: string): Promise<string> => {
      await writeFile(file, text);
      try {
        readSettings({ ARBITER_CONFIG: file });
        return 'fine';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(await of('')).to.equal('fine');
    expect(await of('limits: {inFlight: 0, timers: {routed: no}}')).to.match(
      /limits\.inFlight.*\n?.*limits\.timers\.routed/s,
    );
    expect(await of('just words'))
      .to.contain('found string')
      .and.contain(file);
    expect(await of('- a')).to.contain('found a list');
    expect(await of('a: [')).to.contain('expected a YAML or JSON file');
    expect(await of('colour: blue')).to.contain('colour');
    expect(() => readSettings({ ARBITER_CONFIG: '/nowhere.yaml' })).to.throw('ARBITER_CONFIG');
    expect(parseSettings({ limits: { timers: { routed: 5 } } }).limits.timers).to.include({
      routed: 5,
      executing: 30_000,
    });
  });

  it('the signing key: 0600, one for all who make it at once, and a lost public half is made again', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureSigningKey(folder)));
    const { privateKeyPath, publicKeyPath } = all[0] ?? { privateKeyPath: '', publicKeyPath: '' };
    expect((await stat(privateKeyPath)).mode & 0o777).to.equal(0o600);
    expect(await readdir(folder)).to.have.length(2);
    const before = await readFile(publicKeyPath, 'utf8');
    await unlink(publicKeyPath);
    await ensureSigningKey(folder);
    expect(await readFile(publicKeyPath, 'utf8')).to.equal(before);
  });

  it('logs carry the trace id, and no password of an address', () => {
    expect(traceOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')).to.deep.equal({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(traceOf(null)).to.deep.equal({});
    expect(withoutSecrets('fetch of https://ann:s3cret@host/x failed')).to.equal(
      'fetch of https://…@host/x failed',
    );
  });
});
