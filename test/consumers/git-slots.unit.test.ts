import { expect } from 'chai';
import { gitSlots } from '../../src/consumers/constitution/git-slots.js';

const wanted = (): boolean => true;

describe('slots for git', () => {
  it('law 13: a host that does not answer holds half of the slots, whatever its repositories are called', async () => {
    const slots = gitSlots(4);
    const begun: string[] = [];
    const never = (repository: string): void => {
      void slots(repository, wanted, () => {
        begun.push(repository);
        return new Promise(() => undefined);
      });
    };
    for (let n = 0; n < 10; n++) never(`https://dead.example:8443/org/repo-${n}.git`);
    for (let n = 0; n < 10; n++) never(`git@silent.example:org/repo-${n}.git`);
    const answered = slots('/srv/alive', wanted, () => Promise.resolve('checked'));
    const stuck = await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 20, 'waits'))]);
    expect(begun.filter((one) => one.includes('dead'))).to.have.length(2);
    expect(begun.filter((one) => one.includes('silent'))).to.have.length(2);
    expect(stuck, 'two dead hosts of half the slots each').to.equal('waits');
  });

  it('law 13: beside one dead host all others go on, and its waiting work goes when it answers', async () => {
    const slots = gitSlots(4);
    let answer = (): void => undefined;
    const dead = new Promise<void>((resolve) => (answer = resolve));
    const slow = Array.from({ length: 6 }, (_, n) =>
      slots(`https://dead.example/${n}`, wanted, () => dead.then(() => n)),
    );
    for (let n = 0; n < 10; n++)
      expect(await slots(`/srv/${n % 3}`, wanted, () => Promise.resolve(n))).to.equal(n);
    answer();
    expect(await Promise.all(slow)).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('law 6: what is no longer wanted when its turn comes is never begun', async () => {
    const slots = gitSlots(1);
    const begun: number[] = [];
    let cancelled = false;
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const first = slots('/srv/a', wanted, () => answered);
    const rest = [1, 2, 3].map((n) =>
      slots(
        '/srv/a',
        () => !cancelled || n === 3,
        () => Promise.resolve(begun.push(n)),
      ),
    );
    cancelled = true;
    answer();
    await first;
    expect(await Promise.all(rest)).to.deep.equal([undefined, undefined, 1]);
    expect(begun).to.deep.equal([3]);
  });
});
