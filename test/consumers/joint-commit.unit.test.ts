import { expect } from 'chai';
import type { CommittedOffset } from '../../src/bus/port.js';
import { jointCommit } from '../../src/consumers/intake/joint-commit.js';

/** Commits that are answered one by one, by the test. */
const broker = () => {
  const asked: { offsets: string; answer: (error?: Error) => void }[] = [];
  const commit = (offsets: readonly CommittedOffset[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const words = offsets.map(({ topic, partition, offset }) => `${topic}/${partition}=${offset}`);
      const answer = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      asked.push({ offsets: words.join(' '), answer });
    });
  return { asked, commit };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('joint commits of intake', () => {
  it('law 7: what comes while a commit is under way leaves as the next one, of each partition the newest', async () => {
    const { asked, commit } = broker();
    const joint = jointCommit(commit);
    const settled: string[] = [];
    const send = (topic: string, partition: number, position: number): void =>
      void joint({ topic, partition }, position).then(() =>
        settled.push(`${topic}/${partition}=${position}`),
      );
    send('a', 0, 5);
    await turn();
    send('a', 0, 7);
    send('b', 1, 3);
    send('a', 0, 9);
    await turn();
    expect(asked.map(({ offsets }) => offsets)).to.deep.equal(['a/0=5']);
    asked[0]?.answer();
    await turn();
    expect(asked.map(({ offsets }) => offsets)).to.deep.equal(['a/0=5', 'a/0=9 b/1=3']);
    expect(settled, 'nobody hears of a commit that does not stand').to.deep.equal(['a/0=5']);
    asked[1]?.answer();
    await turn();
    expect(settled).to.have.members(['a/0=5', 'a/0=7', 'b/1=3', 'a/0=9']);
  });

  it('law 7: a commit that fails is told to all who shared it, and holds up no later one', async () => {
    const { asked, commit } = broker();
    const joint = jointCommit(commit);
    const told: string[] = [];
    const send = (partition: number): void =>
      void joint({ topic: 'a', partition }, 1).catch((error: unknown) =>
        told.push(`${partition} ${String(error)}`),
      );
    send(0);
    send(1);
    await turn();
    send(2);
    asked[0]?.answer(new Error('away'));
    await turn();
    expect(told).to.deep.equal(['0 Error: away', '1 Error: away']);
    expect(asked.map(({ offsets }) => offsets)).to.deep.equal(['a/0=1 a/1=1', 'a/2=1']);
  });
});
