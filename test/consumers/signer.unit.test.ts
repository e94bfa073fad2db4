import { expect } from 'chai';
import { signerDomain } from '../../src/consumers/signer/signer-domain.js';
import type { TaskEvent } from '../../src/consumers/memoryless.js';
import type { VerdictIssued } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { envelopeBytes, envelopeFrom, generateKeyPair, loadSigningKey } from '../../src/verdicts/index.js';
import { sha256Hex } from '../../src/consumers/signer/verdict-input.js';
import { Partition } from '../support/partition.js';
import { BROKEN_SPEC, commanded, Scene, specChecked, submitted } from '../support/tasks.js';

const { privateKeyPem } = generateKeyPair();

/** The tasks log of one partition, and the signer's log that follows it. */
class Desk {
  readonly verdicts = new Partition(
    signerDomain({ key: loadSigningKey(privateKeyPem), build: 'test' }),
    'arbiter.verdicts',
  );
  #seen = 0;

  /** The signer decides on what is new in the tasks log. */
  sign(tasks: readonly LoggedEvent[]): VerdictIssued[] {
    const from = this.verdicts.log.length;
    for (const { type, body } of tasks.slice(this.#seen))
      this.verdicts.record(type, body as unknown as TaskEvent);
    this.#seen = tasks.length;
    return this.verdicts.log.slice(from).map(({ body }) => body as unknown as VerdictIssued);
  }
}

const attestationsOf = (verdict: VerdictIssued | undefined): unknown => {
  const statement = JSON.parse(Buffer.from(verdict?.payload ?? '').toString()) as {
    predicate: { inputAttestations: unknown };
  };
  return statement.predicate.inputAttestations;
};

const digestOf = ({ payloadType, payload, signatures }: VerdictIssued): string =>
  sha256Hex(envelopeBytes(envelopeFrom({ payloadType, payload, signatures: [...signatures] })));

describe('signer', () => {
  it('R-610: the final verdict lists the PRE verdict by the digest of its envelope, each task its own', () => {
    const tasks = new Scene();
    const desk = new Desk();
    tasks.bring('T-1', 'executing');
    tasks.bring('T-2', 'executing');
    const [pre, other] = desk.sign(tasks.log);
    expect([pre?.taskId, pre?.phase, other?.taskId]).to.deep.equal(['T-1', 'PRE', 'T-2']);
    tasks.send(commanded('T-1', 'CANCEL'));
    const [final] = desk.sign(tasks.log);
    expect([final?.taskId, final?.phase]).to.deep.equal(['T-1', 'FINAL']);
    if (pre === undefined) throw new Error('no PRE verdict');
    expect(attestationsOf(final)).to.deep.equal([
      { uri: `arbiter://acme/verdicts/${pre.verdictId}`, digest: { sha256: digestOf(pre) } },
    ]);
    expect(attestationsOf(pre)).to.deep.equal([]);
  });

  it('R-610: what a refused spec is sealed with lists its PRE verdict too', () => {
    const tasks = new Scene();
    tasks.send(submitted('T-1'));
    tasks.send(specChecked('T-1', tasks.pending('T-1'), BROKEN_SPEC));
    const [pre, final] = new Desk().sign(tasks.log);
    expect([pre?.phase, final?.phase]).to.deep.equal(['PRE', 'FINAL']);
    expect(attestationsOf(final)).to.have.length(1);
  });

  it('a task that ends before its spec was judged has nothing to list', () => {
    const tasks = new Scene();
    tasks.send(submitted('T-1'));
    tasks.send(commanded('T-1', 'CANCEL'));
    const verdicts = new Desk().sign(tasks.log);
    expect(verdicts.map(({ phase }) => phase)).to.deep.equal(['FINAL']);
    expect(attestationsOf(verdicts[0])).to.deep.equal([]);
  });

  it('law 13: nothing of a task is remembered after its final verdict', () => {
    const tasks = new Scene();
    const desk = new Desk();
    tasks.bring('T-1', 'executing');
    desk.sign(tasks.log);
    expect([...desk.verdicts.values.keys()]).to.deep.equal(['task/T-1']);
    tasks.send(commanded('T-1', 'CANCEL'));
    desk.sign(tasks.log);
    expect([...desk.verdicts.values.keys()]).to.deep.equal([]);
  });

  it('verdicts of builds that put them on the stream of the partition leave no memory', () => {
    const { domain } = new Desk().verdicts;
    const meta = { streamId: 'partition/0' };
    const body = { phase: 'PRE', verdictId: 'v', envelopeSha256: 'a'.repeat(64), meta };
    expect(domain.evolve(undefined, { type: 'VerdictIssued', offset: 0, body } as never)).to.equal(undefined);
  });
});
