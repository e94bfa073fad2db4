import { expect } from 'chai';
import { createCleanUp } from '../../scripts/demo/clean-up.js';

describe('the clean-up of the demo', () => {
  it('undoes the last thing first, all of it whatever fails, and says what failed', async () => {
    const cleanUp = createCleanUp();
    const done: string[] = [];
    for (const what of ['stack', 'run', 'worker']) {
      cleanUp.add(what, () => {
        done.push(what);
        return what === 'run' ? Promise.reject(new Error('stuck')) : Promise.resolve();
      });
    }
    expect(await cleanUp.run()).to.deep.equal(['run: stuck']);
    expect(done).to.deep.equal(['worker', 'run', 'stack']);
  });

  it('undoes once, however often it is asked, and also what was only just started', async () => {
    const cleanUp = createCleanUp();
    let [first, late] = [0, 0];
    cleanUp.add('first', () => {
      first++;
      cleanUp.add('late', () => Promise.resolve(late++));
      return Promise.resolve();
    });
    await Promise.all([cleanUp.run(), cleanUp.run()]);
    expect([first, late]).to.deep.equal([1, 1]);
  });
});
