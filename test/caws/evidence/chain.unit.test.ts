import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  computeEventHash,
  prepareAppend,
  validateChainedEvent,
  verifyChain,
} from '../../../src/caws/index.js';
import type { ChainedEvent, Checked } from '../../../src/caws/index.js';

const ACTOR = { kind: 'agent', id: 'a-1', session_id: 's-1', platform: 'test' } as const;
const body = (n: number) => ({
  event: 'test_recorded',
  ts: `2026-06-13T12:00:0${n % 10}.000Z`,
  actor: ACTOR,
  spec_id: 'FEAT-1',
  data: { command: 'npm test', exit_code: n, nodeids: ['a', 'b'] },
});

function value<T>(result: Checked<T>): T {
  if (!result.ok) throw new Error(result.errors.map((e) => `${e.rule} ${e.message}`).join('\n'));
  return result.value;
}

function chainOf(length: number): ChainedEvent[] {
  const chain: ChainedEvent[] = [];
  for (let n = 0; n < length; n += 1) chain.push(value(prepareAppend(chain.at(-1) ?? null, body(n))));
  return chain;
}

const rules = (result: Checked<unknown>): string[] =>
  result.ok ? [] : result.errors.map((e) => `${e.rule.replace('evidence.', '')} ${e.pointer ?? ''}`);

type Path = readonly (string | number)[];

/** Every place of an event: its fields, theirs, and the items of lists. */
function places(at: unknown, path: Path = []): Path[] {
  if (typeof at !== 'object' || at === null) return [path];
  const inner = Object.entries(at).flatMap(([key, child]) => places(child, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A deep copy with another value at a place, or without the place. */
function changed(event: ChainedEvent, path: Path, to: unknown): ChainedEvent {
  const copy = structuredClone(event);
  const key = path.at(-1) ?? '';
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], copy);
  if (to === undefined) Reflect.deleteProperty(holder as object, key);
  else (holder as Record<string | number, unknown>)[key] = to;
  return copy;
}

const other = (found: unknown): unknown =>
  typeof found === 'number' ? found + 1 : typeof found === 'string' ? `${found}x` : { changed: true };

describe('event log: what is changed is seen', () => {
  const chain = chainOf(4);

  it('R-305: a chain that was appended verifies, and each event is one', () => {
    expect(verifyChain(chain).ok).to.equal(true);
    for (const event of chain) expect(rules(validateChainedEvent(event))).to.deep.equal([]);
    expect(chain.map((e) => e.seq)).to.deep.equal([1, 2, 3, 4]);
    expect(chain.map((e) => e.prev_hash)).to.deep.equal([
      null,
      ...chain.slice(0, 3).map((e) => e.event_hash),
    ]);
  });

  for (const index of [0, 1, 3]) {
    for (const path of places(chain[index])) {
      it(`event ${index}: ${path.join('.')} changed, or gone`, () => {
        const event = chain[index];
        if (event === undefined) throw new Error('no event');
        const found = path.reduce<unknown>(
          (at, step) => (at as Record<string | number, unknown>)[step],
          event,
        );
        for (const to of [other(found), undefined]) {
          const tampered = chain.map((e, i) => (i === index ? changed(event, path, to) : e));
          expect(verifyChain(tampered).ok).to.equal(false);
        }
      });
    }

    it(`event ${index}: a field added, at the top or inside`, () => {
      for (const path of [['note'], ['data', 'note'], ['actor', 'note']]) {
        const tampered = chain.map((e, i) => (i === index ? changed(e, path, 1) : e));
        expect(verifyChain(tampered).ok, path.join('.')).to.equal(false);
      }
    });
  }

  it('null instead of nothing is a change', () => {
    const { spec_id: _, ...anonymous } = chain[0] ?? {};
    expect(computeEventHash(anonymous)).to.not.equal(computeEventHash({ ...anonymous, spec_id: null }));
  });

  it('an event removed, doubled or moved', () => {
    expect(verifyChain(chain.toSpliced(1, 1)).ok).to.equal(false);
    expect(verifyChain(chain.toSpliced(0, 1)).ok).to.equal(false);
    expect(verifyChain([...chain.slice(0, 2), ...chain.slice(1)]).ok).to.equal(false);
    expect(verifyChain([...chain].reverse()).ok).to.equal(false);
  });

  it('any change of any text, number or key anywhere', () => {
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.nat(),
        fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
        (index, pick, to) => {
          const event = chain[index];
          if (event === undefined) return;
          const all = places(event);
          const tampered = changed(event, all[pick % all.length] ?? [], to);
          const same = JSON.stringify(tampered) === JSON.stringify(event);
          expect(verifyChain(chain.map((e, i) => (i === index ? tampered : e))).ok).to.equal(same);
        },
      ),
    );
  });

  it('hole 9: a tail cut off and a log written anew verify: the hash chain alone does not show them, a signed end does', () => {
    expect(verifyChain(chain.slice(0, 2)).ok).to.equal(true);
    const end = chain.at(-1);
    const again = chainOf(4).map((e) => e.event_hash);
    expect(again.at(-1)).to.equal(end?.event_hash);
    const forged = [value(prepareAppend(null, { ...body(0), data: { command: 'true', exit_code: 0 } }))];
    for (const n of [1, 2, 3]) forged.push(value(prepareAppend(forged.at(-1) ?? null, body(n))));
    expect(verifyChain(forged).ok).to.equal(true);
    expect(forged.at(-1)?.event_hash).to.not.equal(end?.event_hash);
  });

  it('the recipe: the domain, a NUL, and the canonical text without event_hash', () => {
    const text = '{"a":[1,null],"b":{"c":"ä"}}';
    const expected = createHash('sha256').update(`caws.events.v1\u0000${text}`, 'utf8').digest('hex');
    expect(computeEventHash({ b: { c: 'ä' }, a: [1, null], event_hash: 'anything' })).to.equal(
      `sha256:${expected}`,
    );
  });
});

describe('event log: every violation is said, at its place', () => {
  const [first, second, third] = chainOf(3);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no chain');
  /** Rehashes, so that only the violation asked for is left. */
  const sealed = (event: object): ChainedEvent =>
    ({ ...event, event_hash: computeEventHash(event) }) as unknown as ChainedEvent;

  for (const [what, events, expected] of [
    ['a text as seq', [sealed({ ...first, seq: '1' })], ['chain.seq_not_integer /0/seq']],
    ['a fraction as seq', [sealed({ ...first, seq: 1.5 })], ['chain.seq_not_integer /0/seq']],
    ['seq 0', [sealed({ ...first, seq: 0 })], ['chain.seq_not_positive /0/seq']],
    ['a first seq of 2', [sealed({ ...first, seq: 2 })], ['chain.seq_gap /0/seq']],
    [
      'a seq twice',
      [first, sealed({ ...second, seq: 1 })],
      ['chain.seq_duplicate /1/seq', 'chain.seq_gap /1/seq'],
    ],
    ['a seq that jumps', [first, sealed({ ...second, seq: 3 })], ['chain.seq_gap /1/seq']],
    [
      'a first link',
      [sealed({ ...first, prev_hash: first.event_hash })],
      ['chain.genesis_prev_hash_not_null /0/prev_hash'],
    ],
    [
      'a missing first link',
      [sealed({ ...first, prev_hash: undefined })],
      ['chain.genesis_prev_hash_not_null /0/prev_hash'],
    ],
    [
      'a link that ends',
      [first, sealed({ ...second, prev_hash: null })],
      ['chain.non_genesis_prev_hash_null /1/prev_hash'],
    ],
    [
      'a link that is none',
      [first, sealed({ ...second, prev_hash: 'sha256:1' })],
      ['chain.prev_hash_malformed /1/prev_hash'],
    ],
    [
      'an upper-case hash',
      [first, sealed({ ...second, prev_hash: first.event_hash.toUpperCase() })],
      ['chain.prev_hash_malformed /1/prev_hash'],
    ],
    [
      'a link elsewhere',
      [first, sealed({ ...second, prev_hash: second.event_hash })],
      ['chain.prev_hash_mismatch /1/prev_hash'],
    ],
    [
      'a hash that is none',
      [{ ...first, event_hash: 'sha256:' }],
      ['chain.event_hash_malformed /0/event_hash'],
    ],
    [
      'a hash of something else',
      [{ ...first, event_hash: second.event_hash }],
      ['chain.event_hash_mismatch /0/event_hash'],
    ],
    ['what has no hash', [{ ...first, data: { n: NaN } }], ['chain.event_hash_mismatch /0/event_hash']],
    ['null', [null], ['event.envelope_invalid /0']],
    ['a list', [[]], ['event.envelope_invalid /0']],
    ['nothing between two events', [first, undefined, third], ['event.envelope_invalid /1']],
    [
      'a hash that is none, and the event after it',
      [{ ...first, event_hash: 'x' }, second],
      ['chain.event_hash_malformed /0/event_hash'],
    ],
  ] as const) {
    it(what, () => {
      expect(rules(verifyChain(events as unknown as ChainedEvent[]))).to.deep.equal(expected);
    });
  }

  it('after a seq that is no whole number there is no gap to speak of', () => {
    const broken = sealed({ ...first, seq: 1.5 });
    expect(rules(verifyChain([broken, { ...second, prev_hash: broken.event_hash, seq: 2 }]))).to.deep.equal([
      'chain.seq_not_integer /0/seq',
      'chain.event_hash_mismatch /1/event_hash',
    ]);
  });

  it('a gap says which seq was due', () => {
    const result = verifyChain([first, sealed({ ...second, seq: 5 })]);
    expect(result.ok ? '' : result.errors[0]?.message).to.equal('event 1: seq must be 2; found 5');
  });

  it('an empty log is whole', () => expect(verifyChain([]).ok).to.equal(true));
});

describe('event log: the next event', () => {
  it('stands behind the one before, whatever the writer says', () => {
    const [one] = chainOf(1);
    if (one === undefined) throw new Error('no event');
    for (const field of ['seq', 'prev_hash', 'event_hash']) {
      expect(rules(prepareAppend(one, { ...body(1), [field]: 1 })), field).to.deep.equal([
        `event.envelope_invalid /${field}`,
      ]);
    }
    expect(rules(prepareAppend({ ...one, seq: 0 }, body(1)))).to.deep.equal(['chain.seq_not_integer /seq']);
    expect(rules(prepareAppend({ ...one, seq: 1.5 }, body(1)))).to.deep.equal(['chain.seq_not_integer /seq']);
    expect(rules(prepareAppend({ ...one, event_hash: 'sha256:x' }, body(1)))).to.deep.equal([
      'chain.event_hash_malformed /event_hash',
    ]);
    for (const [before, found] of [
      [{ ...one, seq: 0.5 }, 'the seq 0.5'],
      [{ ...one, event_hash: 'sha256:x' } as const, 'the hash "sha256:x"'],
    ] as const) {
      const result = prepareAppend(before, body(1));
      const [error] = result.ok ? [] : result.errors;
      expect(error?.message).to.contain(found);
      expect(error?.narrowRepair).to.equal('Append after an event of the log.');
    }
    expect(value(prepareAppend({ ...one, seq: 7 }, body(1)))).to.include({
      seq: 8,
      prev_hash: one.event_hash,
    });
  });

  it('leaves spec_id out where there is none, and drops what no event has', () => {
    const session = {
      event: 'session_started',
      ts: '2026-06-13T12:00:00Z',
      actor: { kind: 'human', id: 'ana' },
      data: {},
    };
    const event = value(prepareAppend(null, { ...session, extra: 1 }));
    expect(Object.keys(event)).to.deep.equal([
      'seq',
      'event',
      'ts',
      'actor',
      'data',
      'prev_hash',
      'event_hash',
    ]);
  });

  it('says why data has no hash', () => {
    const commit = { event: 'commit_made', ts: '2026-06-13T12:00:00Z', actor: { kind: 'human', id: 'ana' } };
    expect(rules(prepareAppend(null, { ...commit, data: { at: 1n } }))).to.deep.equal([
      'canonical.unsupported_type /data',
    ]);
    expect(rules(prepareAppend(null, { ...commit, data: { at: NaN } }))).to.deep.equal([
      'canonical.non_finite_number /data',
    ]);
  });

  it('a fault that is not of the data is not taken for one', () => {
    const data = {
      get at(): never {
        throw new TypeError('a broken getter');
      },
    };
    const commit = { event: 'commit_made', ts: '2026-06-13T12:00:00Z', actor: { kind: 'human', id: 'ana' } };
    expect(() => prepareAppend(null, { ...commit, data })).to.throw(TypeError, 'a broken getter');
    const [one] = chainOf(1);
    if (one === undefined) throw new Error('no event');
    expect(() => verifyChain([{ ...one, data }])).to.throw(TypeError, 'a broken getter');
  });
});
