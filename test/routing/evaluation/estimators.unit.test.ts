import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { estimate, ESTIMATORS, type Estimator, type Round } from '../../../src/routing/evaluation/index.js';

interface Logged {
  readonly action: number;
  readonly reward: number;
  readonly pscore: number;
  readonly target: readonly number[];
  readonly greedy: number;
  readonly qhat: readonly number[];
}
type Expected = Readonly<Record<string, { readonly value: number; readonly se: number }>>;

const vectors = JSON.parse(readFileSync(new URL('../vectors/ope-obp.json', import.meta.url), 'utf8')) as {
  log: readonly Logged[];
  stochastic_target: Expected;
  greedy_target: Expected;
};

/** The names of the Open Bandit Pipeline's table, as estimators of ours. */
const OBP: Readonly<Record<string, Estimator>> = {
  ipw: { name: 'ips' },
  ipw_clip_5: { name: 'clipped-ips', most: 5 },
  snipw: { name: 'snips' },
  dm: { name: 'dm' },
  dr: { name: 'dr' },
  dr_clip_5: { name: 'clipped-dr', most: 5 },
  sndr: { name: 'sndr' },
  switch_dr_tau_3: { name: 'switch-dr', over: 3 },
  dros_lambda_2: { name: 'dr-os', lambda: 2 },
  'sg_ipw_0.1': { name: 'sub-gaussian-ips', lambda: 0.1 },
  'sg_dr_0.1': { name: 'sub-gaussian-dr', lambda: 0.1 },
};

const rounds = (greedy: boolean): Round[] =>
  vectors.log.map((logged, at) => ({
    task: `task-${at}`,
    action: logged.action,
    reward: logged.reward,
    propensity: logged.pscore,
    target: greedy ? logged.target.map((_, action) => (action === logged.greedy ? 1 : 0)) : logged.target,
    values: logged.qhat,
  }));

const logs = fc
  .array(
    fc.record({
      raw: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 4, maxLength: 4 }),
      action: fc.nat(3),
      reward: fc.constantFrom(0, 1),
      propensity: fc.double({ min: 0.02, max: 1, noNaN: true }),
      values: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    }),
    { minLength: 2, maxLength: 40 },
  )
  .map((list): Round[] =>
    list.map(({ raw, ...rest }, at) => ({
      ...rest,
      task: `${at}`,
      target: raw.map((share) => share / raw.reduce((sum, one) => sum + one, 0)),
    })),
  );

describe('off-policy estimators', () => {
  for (const [target, greedy] of [
    ['stochastic_target', false],
    ['greedy_target', true],
  ] as const) {
    for (const [theirs, estimator] of Object.entries(OBP)) {
      it(`${theirs} equals the Open Bandit Pipeline's to 1e-12, ${target}`, () => {
        const { value, standardError, terms } = estimate(rounds(greedy), estimator);
        expect(value).to.be.closeTo(vectors[target][theirs]?.value ?? NaN, 1e-12);
        expect(standardError).to.be.closeTo(vectors[target][theirs]?.se ?? NaN, 1e-12);
        expect(terms).to.have.length(vectors.log.length);
      });
    }
  }

  it('all eleven are in the table', () => {
    expect(Object.keys(vectors.stochastic_target).sort()).to.deep.equal(Object.keys(OBP).sort());
  });

  it('shifting every reward shifts the self-normalised estimate by as much; plain IPS not', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const halved = log.map((round) => ({ ...round, reward: round.reward / 2 }));
        const shifted = halved.map((round) => ({ ...round, reward: round.reward + 0.5 }));
        const [low, high] = [halved, shifted].map((list) => estimate(list, { name: 'snips' }).value);
        expect((high ?? NaN) - (low ?? NaN)).to.be.closeTo(0.5, 1e-9);
      }),
    );
  });

  it('a model that is right makes every correction vanish: all model-based ones say the same', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const perfect = log.map((round) => ({ ...round, values: round.target.map(() => round.reward) }));
        const expected = estimate(perfect, { name: 'dm' }).value;
        for (const estimator of ESTIMATORS) {
          // (weighted-dr weighs rounds, so it is another mean of the same terms)
          if (!/dr|dm/.test(estimator.name) || estimator.name === 'weighted-dr') continue;
          expect(estimate(perfect, estimator).value, estimator.name).to.be.closeTo(expected, 1e-9);
        }
      }),
    );
  });

  it('the limits: a cut above all weights is none, a switch at 0 is the model, λ = 1 of the sub-Gaussian weight is 1', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const value = (estimator: Estimator): number => estimate(log, estimator).value;
        expect(value({ name: 'clipped-ips', most: 1e9 })).to.equal(value({ name: 'ips' }));
        expect(value({ name: 'clipped-dr', most: 1e9 })).to.equal(value({ name: 'dr' }));
        expect(value({ name: 'switch-dr', over: 0 })).to.equal(value({ name: 'dm' }));
        expect(value({ name: 'dr-os', lambda: 0 })).to.equal(value({ name: 'dm' }));
        expect(value({ name: 'sub-gaussian-ips', lambda: 0 })).to.equal(value({ name: 'ips' }));
        const plain = log.reduce((sum, { reward }) => sum + reward, 0) / log.length;
        expect(value({ name: 'sub-gaussian-ips', lambda: 1 })).to.be.closeTo(plain, 1e-12);
      }),
    );
  });

  it('the linearised terms have the value as their mean', () => {
    fc.assert(
      fc.property(logs, (log) => {
        for (const estimator of ESTIMATORS) {
          const { value, linearised } = estimate(log, estimator);
          const mean = linearised.reduce((sum, term) => sum + term, 0) / linearised.length;
          expect(mean, estimator.name).to.be.closeTo(value, 1e-8);
        }
      }),
    );
  });

  it('replay method: the mean reward of the rounds in which the target would have done the same', () => {
    const log = rounds(true);
    const matched = vectors.log.filter(({ action, greedy }) => action === greedy);
    const expected = matched.reduce((sum, { reward }) => sum + reward, 0) / matched.length;
    expect(estimate(log, { name: 'replay' }).value).to.be.closeTo(expected, 1e-12);
    expect(estimate(log, { name: 'replay' }).terms).to.have.length(matched.length);
  });

  it('a target that shares nothing with the log has no value, rather than a wrong one', () => {
    const log: Round[] = [{ task: 'a', action: 0, reward: 1, propensity: 0.5, target: [0, 1] }];
    expect(estimate(log, { name: 'snips' }).value).to.be.NaN;
    expect(estimate(log, { name: 'replay' }).value).to.be.NaN;
    expect(estimate(log, { name: 'ips' }).value).to.equal(0);
  });

  it('says which parameter or model is missing', () => {
    const [round] = rounds(false);
    if (round === undefined) throw new Error('no round');
    const { values: _values, ...bare } = round;
    expect(() => estimate([bare], { name: 'dr' }))
      .to.throw()
      .with.property('code', 'MODEL_MISSING');
    for (const wrong of [
      { name: 'clipped-ips', most: 0 },
      { name: 'sub-gaussian-ips', lambda: 2 },
      { name: 'dr-os', lambda: NaN },
    ] as const)
      expect(() => estimate([round], wrong))
        .to.throw()
        .with.property('code', 'PARAMETER_INVALID');
  });
});
