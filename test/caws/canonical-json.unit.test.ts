import { expect } from 'chai';
import fc from 'fast-check';
import { CanonicalError, canonicalJson } from '../../src/caws/index.js';

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, shuffled(child)]),
  );
}

function ruleOf(value: unknown): string {
  try {
    canonicalJson(value);
  } catch (error) {
    if (error instanceof CanonicalError) return error.rule;
    throw error;
  }
  return 'none';
}

describe('canonical JSON', () => {
  const json = fc
    .jsonValue({ maxDepth: 4, noUnicodeString: false })
    .filter((v) => !JSON.stringify(v).includes('__proto__'));

  it('the order of keys does not matter', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffled(value))).to.equal(canonicalJson(value));
      }),
    );
  });

  it('it can be read again, and is its own canonical form', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).to.equal(text);
      }),
    );
  });

  it('different values have different texts', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).to.equal(
          canonicalJson(JSON.parse(JSON.stringify(a))) === canonicalJson(JSON.parse(JSON.stringify(b))),
        );
        if (JSON.stringify(shuffled(a)) === JSON.stringify(b))
          expect(canonicalJson(a)).to.equal(canonicalJson(b));
      }),
    );
  });

  it('keys are ordered by UTF-16 code unit, not by alphabet or code point', () => {
    expect(canonicalJson({ é: 1, z: 2, Z: 3, '\u{1F600}': 4, '\uFB01': 5, '': 6 })).to.equal(
      '{"":6,"Z":3,"z":2,"é":1,"\u{1F600}":4,"\uFB01":5}',
    );
  });

  it('512 levels have a text, one more has not: it is refused before the stack is', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i += 1) value = [value];
      return value;
    };
    expect(canonicalJson(nested(512))).to.have.length(1 + 2 * 512);
    expect(ruleOf(nested(513))).to.equal('arbiter.canonical.too_deep');
    expect(ruleOf(nested(200_000))).to.equal('arbiter.canonical.too_deep');
    expect(() => canonicalJson(nested(513))).to.throw(/^deeper than 512 levels at \[0\]\[0\]/);
  });

  it('what occurs twice is no cycle, what contains itself is', () => {
    const shared = { x: 1 };
    expect(canonicalJson([shared, shared, [shared]])).to.equal('[{"x":1},{"x":1},[{"x":1}]]');
    const list: unknown[] = [];
    list.push([list]);
    expect(ruleOf(list)).to.equal('evidence.canonical.circular_reference');
  });

  it('an empty slot is null, and a list keeps its length', () => {
    // eslint-disable-next-line no-sparse-arrays
    expect(canonicalJson([1, , 3])).to.equal('[1,null,3]');
  });

  it('the error says where', () => {
    expect(() => canonicalJson({ a: [{ b: NaN }] })).to.throw('non-finite number NaN at a[0].b');
    try {
      canonicalJson({ a: [{ b: NaN }] });
    } catch (error) {
      expect(error).to.include({ name: 'EvidenceCanonicalError', path: 'a[0].b' });
    }
  });
});
