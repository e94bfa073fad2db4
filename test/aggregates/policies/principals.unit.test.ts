import { expect } from 'chai';
import { DEFAULT_SETTINGS, policiesDomain } from '../../../src/aggregates/policies/index.js';
import { expectEvents } from '../../support/decider.js';
import { DEPLOYMENT, DeskWorld, keysOf, makeKeys, refused } from './support.js';

describe('principals', () => {
  it('the key of the deployment registers the first admin, and nobody after', () => {
    const desk = new DeskWorld({}, false);
    expectEvents(desk.register('bob', ['APPROVER'], { by: DEPLOYMENT }), refused('NOT_ALLOWED'));
    expectEvents(desk.register('ada', ['ADMIN'], { by: DEPLOYMENT }), [
      ['PrincipalRegistered', { principalId: 'ada', registeredBy: '', roles: ['ADMIN'] }],
    ]);
    expectEvents(desk.register('eve', ['ADMIN'], { by: DEPLOYMENT }), refused('NOT_ALLOWED'));
    expectEvents(desk.register('bob', ['APPROVER']), [['PrincipalRegistered', { registeredBy: 'ada' }]]);
    expectEvents(desk.register('cyd', ['APPROVER'], { by: keysOf('bob') }), refused('NOT_ALLOWED'));
  });

  it('when the last admin is retired, the operator may begin anew', () => {
    const desk = new DeskWorld();
    expectEvents(desk.send('ada', 'RetirePrincipal', { principalId: 'ada', reason: 'left' }), [
      'PrincipalRetired',
    ]);
    expectEvents(desk.register('uma', ['ADMIN']), refused('RETIRED'));
    expectEvents(desk.register('uma', ['ADMIN'], { by: DEPLOYMENT }), ['PrincipalRegistered']);
  });

  it('two names with one key are one person: a key is registered once, for ever', () => {
    const desk = new DeskWorld();
    expectEvents(desk.register('bob2', ['APPROVER'], { key: keysOf('bob') }), refused('KEY_TAKEN'));
    desk.send('ada', 'RetirePrincipal', { principalId: 'bob', reason: 'left' });
    expectEvents(desk.register('bob2', ['APPROVER'], { key: keysOf('bob') }), refused('KEY_TAKEN'));
    expectEvents(desk.register('op', ['APPROVER'], { key: DEPLOYMENT }), refused('KEY_TAKEN'));
    expectEvents(desk.register('bob', ['APPROVER'], { key: makeKeys() }), refused('PRINCIPAL_EXISTS'));
  });

  it('a retired principal signs nothing any more; an id that is a path is refused', () => {
    const desk = new DeskWorld();
    desk.send('bob', 'RetirePrincipal', { principalId: 'bob', reason: 'lost the key' });
    desk.request('W-1');
    expectEvents(desk.approve('W-1', 'bob'), refused('RETIRED'));
    expectEvents(
      desk.send('cyd', 'RetirePrincipal', { principalId: 'ada', reason: 'x' }),
      refused('NOT_ALLOWED'),
    );
    expectEvents(
      desk.send('ada', 'RetirePrincipal', { principalId: 'bob', reason: 'x' }),
      refused('UNCHANGED'),
    );
    expectEvents(
      desk.send('ada', 'RetirePrincipal', { principalId: 'zed', reason: 'x' }),
      refused('NOT_FOUND'),
    );
    expect(() => desk.register('..', ['APPROVER'])).to.throw('principalId');
  });

  it('only P-256 keys; bounds hold', () => {
    const desk = new DeskWorld({ principals: 5 });
    const who = {
      displayName: '',
      team: '',
      roles: ['APPROVER' as const],
      actors: [],
      publicKeyPem: 'nonsense',
    };
    expectEvents(desk.send('ada', 'RegisterPrincipal', { principalId: 'x', ...who }), refused('INVALID'));
    expectEvents(desk.register('x', ['APPROVER']), refused('TOO_MANY'));
    expect(() => policiesDomain({ deploymentKeys: ['nonsense'] })).to.throw('BAD_DEPLOYMENT_KEY');
  });
});

describe('settings of the desk', () => {
  it('D-20: an admin makes them stricter; nobody makes them laxer than what is built in', () => {
    const desk = new DeskWorld();
    expectEvents(desk.settings({ approvers: 2 }, 0, 'bob'), refused('NOT_ALLOWED'));
    expectEvents(desk.settings({ approvers: 2 }), [['SettingsChanged', { version: 1, changedBy: 'ada' }]]);
    for (const lax of [
      { approvers: 0 },
      { criticalApprovers: 1 },
      { maxDurationMs: DEFAULT_SETTINGS.maxDurationMs + 1 },
      { maxCriticalDurationMs: DEFAULT_SETTINGS.maxCriticalDurationMs + 1 },
      { maxUses: 101 },
      { overridesPerHour: 6 },
      { maxOverrideMs: DEFAULT_SETTINGS.maxOverrideMs + 1 },
      { escalateAfter: 4 },
      { approvers: 3, criticalApprovers: 2 },
      { noticeMs: -1 },
    ])
      expectEvents(desk.settings(lax, 1), refused('INVALID'));
  });

  it('an old order that comes again changes nothing', () => {
    const desk = new DeskWorld();
    desk.settings({ approvers: 2 });
    expectEvents(desk.settings({ approvers: 1 }, 0), refused('VERSION_MISMATCH'));
  });

  it('they hold from then on, for what was granted before as well', () => {
    const desk = new DeskWorld();
    desk.request('W-1');
    desk.approve('W-1', 'bob');
    desk.settings({ approvers: 2, nonWaivableClauses: ['gate.tests'] });
    expectEvents(desk.demand('T-1'), ['WaiverDemanded']);
    expectEvents(desk.request('W-2'), [['WaiverRequested', { approvalsNeeded: 2 }]]);
    expectEvents(desk.request('W-3', { clause: 'gate.tests', amount: {} }), refused('NOT_WAIVABLE'));
  });
});
