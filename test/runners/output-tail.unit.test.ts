import { expect } from 'chai';
import fc from 'fast-check';
import { allowedEnvironment } from '../../src/runners/environment.js';
import { outputTail } from '../../src/runners/output-tail.js';

describe('the tail of an output', () => {
  it('is the last bytes of the whole, however it was cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.nat(30), (chunks, most) => {
        const tail = outputTail(most);
        for (const chunk of chunks) tail.push(Buffer.from(chunk));
        const whole = Buffer.concat(chunks);
        const { output, truncated } = tail.read();
        expect(output.equals(whole.subarray(Math.max(0, whole.length - most)))).to.equal(true);
        expect(truncated).to.equal(whole.length > most);
      }),
    );
  });
});

describe('the environment of an agent', () => {
  it('holds what the list names and nothing else', () => {
    const worker = {
      PATH: '/bin',
      LC_ALL: 'C',
      LC_TIME: 'C',
      KAFKA_PASSWORD: 's',
      PATHX: 'x',
      GONE: undefined,
    };
    expect(allowedEnvironment(worker, ['PATH', 'LC_*', 'GONE', 'ABSENT'])).to.deep.equal({
      PATH: '/bin',
      LC_ALL: 'C',
      LC_TIME: 'C',
    });
    expect(allowedEnvironment(worker, [])).to.deep.equal({});
  });
  for (const entry of ['*', '', 'A=B', '1A', 'A*B', '.*']) {
    it(`refuses the entry ${JSON.stringify(entry)}`, () => {
      expect(() => allowedEnvironment({}, [entry])).to.throw(RangeError);
    });
  }
});
