import { expect } from 'chai';
import {
  EVENT_TYPES,
  specIdClassOf,
  validateChainedEvent,
  validateEventBody,
} from '../../../src/caws/index.js';
import type { Checked } from '../../../src/caws/index.js';
import { readable } from '../support.js';

const BODY = {
  event: 'commit_made',
  ts: '2026-06-13T12:00:00.000Z',
  actor: { kind: 'agent', id: 'a-1' },
  data: {},
};
const HASHED = `sha256:${'0'.repeat(64)}`;
const LINE = { ...BODY, seq: 1, prev_hash: null, event_hash: HASHED };

const rules = (result: Checked<unknown>): string[] => {
  if (result.ok) return [];
  readable(result.errors);
  return result.errors.map((e) => `${e.rule.replace('evidence.', '')} ${e.pointer ?? ''}`);
};
const ofBody = (changes: object): string[] => rules(validateEventBody({ ...BODY, ...changes }));
const ofLine = (changes: object): string[] => rules(validateChainedEvent({ ...LINE, ...changes }));

describe('events: what a writer may say', () => {
  it('the simplest event', () => {
    expect(ofBody({})).to.deep.equal([]);
    expect(ofLine({})).to.deep.equal([]);
  });

  for (const input of [null, undefined, 'x', 7, []]) {
    it(`${String(input)} (${typeof input}) is no event`, () => {
      expect(rules(validateEventBody(input))).to.deep.equal(['event.envelope_invalid /']);
      expect(rules(validateChainedEvent(input))).to.deep.equal(['event.envelope_invalid /']);
    });
  }

  it('there are 36 types: 24 need a spec, 7 may have one, 5 must not', () => {
    const count = (kind: string): number => EVENT_TYPES.filter((type) => specIdClassOf(type) === kind).length;
    expect([EVENT_TYPES.length, count('required'), count('optional'), count('forbidden')]).to.deep.equal([
      36, 24, 7, 5,
    ]);
    expect(specIdClassOf('toString')).to.equal(null);
  });

  for (const type of EVENT_TYPES) {
    it(`${type}: its spec_id is asked for as its class says`, () => {
      const kind = specIdClassOf(type);
      const about = (spec_id: unknown): string[] =>
        ofBody({ event: type, ...(spec_id === undefined ? {} : { spec_id }) }).filter((r) =>
          r.includes('spec_id'),
        );
      expect(about(undefined)).to.deep.equal(kind === 'required' ? ['event.spec_id_required /spec_id'] : []);
      expect(about(' ')).to.deep.equal(
        {
          required: ['event.spec_id_required /spec_id'],
          optional: ['event.spec_id_invalid /spec_id'],
          forbidden: ['event.spec_id_forbidden /spec_id', 'event.spec_id_invalid /spec_id'],
        }[kind ?? 'optional'],
      );
      expect(about('FEAT-1')).to.deep.equal(kind === 'forbidden' ? ['event.spec_id_forbidden /spec_id'] : []);
      expect(about('feat-1')).to.include('event.spec_id_invalid /spec_id');
    });
  }

  it('an unknown type, also one that an object has', () => {
    for (const event of ['toString', 'x', 7, undefined])
      expect(ofBody({ event })).to.deep.equal(['event.unknown_type /event']);
  });

  it('data is there, and a mapping', () => {
    expect(ofBody({ data: undefined })).to.deep.equal(['event.data_missing /data']);
    for (const data of [null, [], 'x', 7])
      expect(ofBody({ data })).to.deep.equal(['event.payload_invalid /data']);
    const test = { event: 'test_recorded', spec_id: 'FEAT-1' };
    expect(ofBody({ ...test, data: { command: '', exit_code: 0.5 } })).to.have.members([
      'event.payload_invalid /data/command',
      'event.payload_invalid /data/exit_code',
    ]);
    expect(ofBody({ ...test, data: { command: 'npm test', exit_code: 1 } })).to.deep.equal([]);
  });

  it('a time with a zone', () => {
    for (const ts of ['2026-06-13T12:00:00Z', '2026-06-13T12:00:00.1+02:00'])
      expect(ofBody({ ts })).to.deep.equal([]);
    for (const ts of [
      undefined,
      7,
      '',
      '2026-06-13',
      '2026-06-13T12:00:00',
      'x2026-06-13T12:00:00Z',
      '2026-06-13T12:00:00Zx',
      '2026-06-13T12:00:00.Z',
    ]) {
      expect(ofBody({ ts }), String(ts)).to.deep.equal(['event.timestamp_invalid /ts']);
    }
  });

  it('who it was', () => {
    for (const actor of [undefined, null, 'cli', []])
      expect(ofBody({ actor })).to.deep.equal(['actor.missing /actor']);
    expect(ofBody({ actor: {} })).to.deep.equal([
      'actor.kind_invalid /actor/kind',
      'actor.id_empty /actor/id',
    ]);
    expect(ofBody({ actor: { kind: 'robot', id: 7, session_id: '', platform: 7 } })).to.deep.equal([
      'actor.kind_invalid /actor/kind',
      'actor.id_empty /actor/id',
      'actor.session_id_empty /actor/session_id',
      'actor.platform_empty /actor/platform',
    ]);
    for (const kind of ['human', 'agent', 'system', 'automation']) {
      expect(ofBody({ actor: { kind, id: 'x', session_id: 's', platform: 'p' } })).to.deep.equal([]);
    }
  });
});

describe('events: lines of the log', () => {
  it('each wrong field is said under its own rule', () => {
    expect(ofLine({ seq: '1' })).to.deep.equal(['chain.seq_not_integer /seq']);
    expect(ofLine({ seq: 0 })).to.deep.equal(['chain.seq_not_positive /seq']);
    expect(ofLine({ prev_hash: 'x' })).to.deep.equal(['chain.prev_hash_malformed /prev_hash']);
    expect(ofLine({ event_hash: 'x' })).to.deep.equal(['chain.event_hash_malformed /event_hash']);
    expect(ofLine({ event_hash: null })).to.deep.equal(['event.envelope_invalid /event_hash']);
    expect(ofLine({ ts: 'x' })).to.deep.equal(['event.timestamp_invalid /ts']);
    expect(ofLine({ event: 'x' })).to.deep.equal(['event.unknown_type /event']);
    expect(ofLine({ spec_id: 'x' })).to.deep.equal([
      'event.spec_id_invalid /spec_id',
      'event.spec_id_invalid /spec_id',
    ]);
    expect(ofLine({ data: [] })).to.deep.equal([
      'event.payload_invalid /data',
      'event.payload_invalid /data',
    ]);
    expect(ofLine({ more: 1 })).to.deep.equal(['event.envelope_invalid /']);
    expect(ofLine({ actor: {} })).to.have.members([
      'actor.missing /actor',
      'actor.missing /actor',
      'actor.kind_invalid /actor/kind',
      'actor.id_empty /actor/id',
    ]);
    expect(ofLine({ actor: { kind: 'x', id: '', session_id: '', platform: '' } })).to.have.members([
      'actor.kind_invalid /actor/kind',
      'actor.kind_invalid /actor/kind',
      'actor.id_empty /actor/id',
      'actor.id_empty /actor/id',
      'actor.session_id_empty /actor/session_id',
      'actor.session_id_empty /actor/session_id',
      'actor.platform_empty /actor/platform',
      'actor.platform_empty /actor/platform',
    ]);
    expect(ofLine({ event: 7 })).to.deep.equal([
      'event.envelope_invalid /event',
      'event.unknown_type /event',
    ]);
  });

  it('a line of v10 is read as it stands, and only one that is right', () => {
    const v10 = {
      seq: 1,
      ts: '2026-01-01T00:00:00Z',
      actor: 'cli',
      session_id: 's-1',
      event: 'validation_completed',
      spec_id: 'FEAT-1',
      data: { passed: true, grade: 'A' },
      prev_hash: null,
      event_hash: HASHED,
    };
    const result = validateChainedEvent(v10);
    expect(result.ok && result.value).to.equal(v10);
    expect(rules(validateChainedEvent({ ...v10, actor: { kind: 'agent', id: 'a' } }))).to.deep.equal([
      'event.envelope_invalid /actor',
    ]);
    expect(rules(validateChainedEvent({ ...v10, data: {} }))).to.deep.equal(['event.payload_invalid /data']);
    expect(rules(validateChainedEvent({ ...v10, spec_id: undefined }))).to.include(
      'event.spec_id_required /spec_id',
    );
    expect(
      ofBody({ event: 'validation_completed', spec_id: 'FEAT-1' }),
      'nobody writes it any more',
    ).to.deep.equal(['event.unknown_type /event']);
  });

  it('a line without a type is not judged by the rules of a type', () => {
    expect(ofLine({ event: 7, data: [] })).to.have.members([
      'event.envelope_invalid /event',
      'event.unknown_type /event',
      'event.payload_invalid /data',
    ]);
  });

  it('each kind of actor is one in a line too', () => {
    for (const kind of ['human', 'agent', 'system', 'automation'])
      expect(ofLine({ actor: { kind, id: 'x' } }), kind).to.deep.equal([]);
  });

  it('data of a v10 line: a score from 0 to 1 and a grade', () => {
    const line = (data: object): string[] => {
      const { spec_id, actor, ...rest } = { ...LINE, spec_id: 'FEAT-1', actor: 'cli' };
      return rules(
        validateChainedEvent({
          ...rest,
          spec_id,
          actor,
          event: 'validation_completed',
          data: { passed: true, ...data },
        }),
      );
    };
    for (const grade of ['A', 'B', 'C', 'D', 'F']) expect(line({ grade }), grade).to.deep.equal([]);
    for (const score of [0, 0.5, 1]) expect(line({ compliance_score: score })).to.deep.equal([]);
    for (const wrong of [{ grade: 'E' }, { grade: '' }])
      expect(line(wrong)).to.deep.equal(['event.payload_invalid /data/grade']);
    for (const score of [-0.1, 1.1, '1'])
      expect(line({ compliance_score: score })).to.deep.equal([
        'event.payload_invalid /data/compliance_score',
      ]);
  });

  it('a writer does not choose the place in the chain, and is told which field to remove', () => {
    const result = validateEventBody({ ...BODY, seq: 1, prev_hash: null, event_hash: HASHED });
    expect(rules(result)).to.deep.equal(
      ['seq', 'prev_hash', 'event_hash'].map((field) => `event.envelope_invalid /${field}`),
    );
    for (const [i, field] of ['seq', 'prev_hash', 'event_hash'].entries()) {
      const found = result.ok ? undefined : result.errors[i];
      expect(found?.message).to.contain(`${field} is decided by the chain`);
      expect(found?.narrowRepair).to.equal(`Remove \`${field}\`.`);
    }
  });
});
