import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, setUp, type Connection } from '../../src/runtime/index.js';
import { People, PEOPLE_FOLDER } from '../consumers/policy-desk/people.js';
import { testStack } from '../support/stack.js';
import { arbiterCli, type ArbiterCli, type Ran, type Service } from './arbiter-cli.js';

describe('arbiter waivers, as its users have it', function () {
  this.timeout(120_000);
  let cli: ArbiterCli;
  let desk: Service;
  let connection: Connection;
  let people: People;
  let folder: string;
  const suffix = randomUUID().slice(0, 8);
  const [ann, bob, waiver] = [`ann-${suffix}`, `bob-${suffix}`, `W-${suffix}`];
  const key = (name: string): string => path.join(folder, `${name}.key.pem`);
  const ada = path.join(PEOPLE_FOLDER, 'keys', 'ada.key.pem');

  before(async function () {
    this.timeout(120_000);
    await mkdir(PEOPLE_FOLDER, { recursive: true });
    const endpoints = { ...(await testStack()), kafkaVersion: '', folder: PEOPLE_FOLDER };
    await setUp(endpoints);
    folder = await mkdtemp(path.join(tmpdir(), 'arbiter-waivers-'));
    cli = await arbiterCli(PEOPLE_FOLDER);
    desk = await cli.start('run', '--only', 'policy-desk,projections', '--metrics-port', '0', '--json');
    connection = await connect(endpoints, 'waivers-e2e');
    // Registers the first admin, where there is none.
    people = await People.open(connection);
  });
  after(async function () {
    this.timeout(60_000);
    await people.close();
    await connection.close();
    await desk.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const add = (id: string, name: string, role: string): Promise<Ran> => {
    const publicKey = path.join(folder, `${name}.pub.pem`);
    return cli.run(
      'principals',
      'add',
      id,
      '--public-key',
      publicKey,
      '--role',
      role,
      '--key',
      ada,
      '--json',
    );
  };

  it('makes keys, registers people, asks, refuses, approves and shows', async () => {
    for (const name of ['ann', 'bob']) {
      const made = await cli.run('principals', 'keygen', path.join(folder, name), '--json');
      expect(made.code, made.stderr).to.equal(0);
      expect((await stat(key(name))).mode & 0o777, 'nobody else reads a private key').to.equal(0o600);
    }
    expect((await add(ann, 'ann', 'approver')).lines[0]).to.include({ principal_id: ann, retired: false });
    expect((await add(bob, 'bob', 'approver')).code).to.equal(0);

    const what = ['--clause', 'caws.budget', '--task', `T-${suffix}`, '--lines', '120', '--id', waiver];
    const why = ['--reason', 'the generated client is one file', '--json'];
    const asked = await cli.run(
      'waivers',
      'request',
      ...what,
      '--expires',
      '+4h',
      ...why,
      '--key',
      key('ann'),
    );
    expect(asked.lines[0]).to.deep.include({ waiver_id: waiver, state: 'requested', amount: { lines: 120 } });

    const own = await cli.run('waivers', 'approve', waiver, '--key', key('ann'));
    expect([own.code, own.stderr.includes('SELF_APPROVAL')], 'D-25').to.deep.equal([1, true]);
    const granted = await cli.run(
      'waivers',
      'approve',
      waiver,
      '--lines',
      '60',
      '--key',
      key('bob'),
      '--json',
    );
    expect(granted.lines[0]).to.deep.include({
      decision: ['WaiverApproved', 'WaiverGranted'],
      state: 'granted',
      amount: { lines: 60 },
      approved_by: [bob],
    });
    const shown = await cli.run('waivers', 'show', waiver);
    for (const word of [waiver, '60 lines', ann, bob]) expect(shown.stdout.toString()).to.contain(word);

    await chmod(key('bob'), 0o644);
    const open = await cli.run('waivers', 'revoke', waiver, '--reason', 'no more', '--key', key('bob'));
    expect([open.code, open.stderr.includes('KEY_READABLE_FOR_OTHERS')]).to.deep.equal([2, true]);
  });
});
