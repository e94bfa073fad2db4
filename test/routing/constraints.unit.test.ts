import { expect } from 'chai';
import fc from 'fast-check';
import {
  assessComplexity,
  createPolicy,
  EJECTION_RULE,
  HEALTHY,
  NO_EXPERIENCE,
  mostOut,
  observed,
  QUOTA_RULE,
  quotaVerdict,
  random,
  rememberAll,
  withinLimits,
  withoutEjected,
  type Health,
  type Limited,
  type Limits,
  type Quota,
  type TaskFeatures,
} from '../../src/routing/index.js';
import { contender, context, outcomes } from './support.js';

const SECOND = 1_000_000;
const quota = (changes: Partial<Quota> = {}): Quota => ({
  amount: 100,
  used: 0,
  reserved: 0,
  resetsAt: 1_000 * SECOND,
  resumedAt: null,
  ...changes,
});

describe('quota', () => {
  it('another is chosen before the wall: the reserve and what is under way count', () => {
    expect(quotaVerdict(quota({ used: 90 }), 5, 0)).to.deep.include({ allowed: true });
    expect(quotaVerdict(quota({ used: 90 }), 6, 0)).to.deep.equal({
      allowed: false,
      reason: 'QUOTA',
      until: 1_000 * SECOND,
    });
    expect(quotaVerdict(quota({ used: 80, reserved: 15 }), 1, 0).allowed).to.equal(false);
  });

  it('resumes at the reset by itself, and then ramps up', () => {
    const full = quota({ used: 100 });
    expect(quotaVerdict(full, 1, 999 * SECOND).allowed).to.equal(false);
    const at = (seconds: number): unknown => quotaVerdict(full, 1, seconds * SECOND);
    expect(at(1_000)).to.deep.include({ allowed: true, ramp: QUOTA_RULE.rampFrom });
    expect(at(1_150)).to.deep.include({ ramp: 0.55 });
    expect(at(1_300)).to.deep.include({ ramp: 1 });
    expect(quotaVerdict(quota({ used: 10 }), 1, 1_000 * SECOND)).to.deep.include({ ramp: 1 });
  });

  it('a task larger than the whole amount is never allowed, and has no time to wait for', () => {
    expect(quotaVerdict(quota(), 96, 2_000 * SECOND)).to.deep.equal({
      allowed: false,
      reason: 'QUOTA',
      until: null,
    });
  });

  it('a storm on the agent that comes back does not happen: its share is cut, the rest goes where it would go without it', () => {
    const learned = rememberAll(NO_EXPERIENCE, [
      ...outcomes('a', 50, 0),
      ...outcomes('b', 30, 20),
      ...outcomes('c', 5, 45),
    ]);
    const pool = [contender('a', { ramp: 0.1 }), contender('b'), contender('c')];
    const { propensities } = createPolicy('ucb1', { c: 0 }).choose(context(), pool, learned, random(''));
    expect(propensities.map(({ propensity }) => propensity)).to.deep.equal([0.1, 0.9, 0]);
  });
});

describe('ejection', () => {
  const fail = (health: Health, times: number, at: number): Health =>
    Array.from({ length: times }).reduce<Health>((all) => observed(all, { success: false, at }), health);

  it('enough failures in a row eject; a success begins anew', () => {
    const nearly = fail(HEALTHY('a'), EJECTION_RULE.inRow - 1, 0);
    expect(nearly.outUntil).to.equal(null);
    expect(fail(nearly, 1, 7).outUntil).to.equal(7 + EJECTION_RULE.base);
    expect(fail(observed(nearly, { success: true, at: 1 }), 1, 2).outUntil).to.equal(null);
  });

  it('each ejection is longer than the one before, up to a limit; a second one extends the first', () => {
    let health = HEALTHY('a');
    let at = 0;
    const lengths: number[] = [];
    for (let k = 0; k < 40; k += 1) {
      health = fail(health, EJECTION_RULE.inRow, at);
      lengths.push((health.outUntil ?? 0) - at);
      at = health.outUntil ?? 0;
    }
    expect(lengths.slice(0, 3)).to.deep.equal([1, 2, 3].map((k) => k * EJECTION_RULE.base));
    expect(Math.max(...lengths)).to.be.at.most(EJECTION_RULE.longest);
  });

  it('ejections are forgiven with time', () => {
    const twice = fail(fail(HEALTHY('a'), 5, 0), 5, 40 * SECOND);
    expect(twice.ejections).to.equal(2);
    expect(fail(twice, 5, 40 * SECOND + 10 * EJECTION_RULE.forgiveAfter).ejections).to.equal(1);
  });

  it('never more than a share of the pool is out, and never the only agent', () => {
    expect([0, 1, 2, 5, 9, 100].map(mostOut)).to.deep.equal([0, 0, 1, 1, 3, 34]);
  });

  it('R-215: who was out comes back by itself, slowly', () => {
    const pool = [fail(HEALTHY('b'), 5, 0), HEALTHY('a'), HEALTHY('c')];
    expect(withoutEjected(pool, SECOND)).to.deep.equal({
      allowed: [
        { agentId: 'a', ramp: 1 },
        { agentId: 'c', ramp: 1 },
      ],
      masked: [{ agentId: 'b', until: 30 * SECOND }],
      panic: false,
    });
    const ramp = (at: number): number | undefined =>
      withoutEjected(pool, at).allowed.find(({ agentId }) => agentId === 'b')?.ramp;
    expect([30, 60, 90].map((at) => ramp(at * SECOND))).to.satisfy(
      ([a, b, c]: number[]) => a === 0.2 && Math.abs((b ?? 0) - 0.6) < 1e-12 && c === 1,
    );
  });

  it('panic: with too few left all are used, and the answer says so', () => {
    const out = (agentId: string): Health => ({ ...HEALTHY(agentId), outUntil: 9 * SECOND });
    const { allowed, masked, panic } = withoutEjected([out('a'), out('b'), out('c'), HEALTHY('d')], 0);
    expect([allowed.length, masked.length, panic]).to.deep.equal([4, 0, true]);
  });

  it('somebody is always left of a pool that has anybody', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(100)), { minLength: 1, maxLength: 20 }), (outs) => {
        const pool = outs.map((outUntil, i) => ({ ...HEALTHY(`a${i}`), outUntil }));
        const { allowed, masked } = withoutEjected(pool, 50);
        expect(allowed.length).to.be.greaterThan(0);
        expect(allowed.length + masked.length).to.equal(pool.length);
      }),
    );
  });
});

describe('limits', () => {
  const none: Limits = {
    utilisationUnder: null,
    mostPriceMicros: null,
    mostOfTenantAtAgent: null,
    mostOfTenant: null,
    ofTenant: 3,
  };
  const agent = (changes: Partial<Limited> = {}): Limited => ({
    agentId: 'a',
    utilisation: 0.5,
    priceMicros: 100,
    ofTenant: 1,
    ramp: 1,
    ...changes,
  });
  const codes = (limits: Partial<Limits>, ...agents: Limited[]): string[] =>
    withinLimits(agents, { ...none, ...limits }).masked.map(({ code }) => code);

  it('R-207: utilisation is a mask, strictly under', () => {
    expect(codes({ utilisationUnder: 0.5 }, agent())).to.deep.equal(['UTILISATION']);
    expect(codes({ utilisationUnder: 0.51 }, agent())).to.deep.equal([]);
  });

  it('a price cap: an unknown price is not under it', () => {
    expect(codes({ mostPriceMicros: 99 }, agent(), agent({ agentId: 'b', priceMicros: null }))).to.deep.equal(
      ['PRICE', 'PRICE'],
    );
    expect(codes({ mostPriceMicros: 100 }, agent())).to.deep.equal([]);
  });

  it('R-227: limits of a tenant, at one agent and at all', () => {
    expect(codes({ mostOfTenant: 3 }, agent())).to.deep.equal(['TENANT_LIMIT']);
    expect(codes({ mostOfTenantAtAgent: 1 }, agent(), agent({ agentId: 'b', ofTenant: 0 }))).to.deep.equal([
      'TENANT_LIMIT',
    ]);
  });
});

describe('complexity', () => {
  const task = (changes: Partial<TaskFeatures> = {}): TaskFeatures => ({
    riskTier: 3,
    descriptionLength: 100,
    scopePaths: 1,
    acceptanceCriteria: 1,
    requiredCapabilities: 1,
    maxFiles: null,
    maxLines: null,
    declared: null,
    failedAttempts: 0,
    ...changes,
  });
  const pool = (changes: Partial<TaskFeatures>): string => assessComplexity(task(changes)).pool;

  it('R-222: measured features add up to a pool, with reasons', () => {
    expect(pool({})).to.equal('trivial');
    expect(pool({ scopePaths: 8 })).to.equal('standard');
    const complex = assessComplexity(task({ scopePaths: 9, acceptanceCriteria: 7, maxFiles: 20 }));
    expect(complex).to.deep.equal({
      pool: 'complex',
      points: 6,
      reasons: ['paths in scope: 9 (+2)', 'acceptance criteria: 7 (+2)', 'files allowed to change: 20 (+2)'],
      version: '1',
    });
  });

  it('a declared pool stands, but for tier 1 and failed attempts', () => {
    expect(pool({ declared: 'trivial', maxLines: 5_000, scopePaths: 50 })).to.equal('trivial');
    expect(pool({ declared: 'trivial', failedAttempts: 1 })).to.equal('standard');
    expect(pool({ declared: 'complex', failedAttempts: 3 })).to.equal('complex');
    expect(pool({ declared: 'trivial', riskTier: 1 })).to.equal('standard');
  });
});
