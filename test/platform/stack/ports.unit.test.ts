import { expect } from 'chai';
import { choosePort } from '../../../src/platform/stack/ports.js';

describe('ports of the stack', () => {
  it('the kept port is waited for while a process that was killed still holds it', async () => {
    let looks = 0;
    const free = (): Promise<boolean> => Promise.resolve(++looks > 3);
    expect(await choosePort('registry', { registry: 21_000 }, {}, free)).to.equal(21_000);
    expect(looks).to.equal(4);
  });

  it('a kept port that stays taken is given up for another one, which no other part has', async () => {
    const kept = { registry: 21_000, kafka: 21_001 };
    const free = (port: number): Promise<boolean> => Promise.resolve(port !== kept.registry);
    const found = await choosePort('registry', kept, {}, free);
    expect(found).to.not.be.oneOf([21_000, 21_001]);
  });

  it('a fixed port that is taken is an error that names it', async () => {
    const env = { ARBITER_REGISTRY_PORT: '21000' };
    const error = await choosePort('registry', {}, env, () => Promise.resolve(false)).catch(
      (e: unknown) => e,
    );
    expect(error).to.include({ code: 'PORT_TAKEN' });
  });
});
