import { expect } from 'chai';
import { CliError, failureOf, oneLine, withoutPasswords } from '../../src/cli/failure.js';
import { exitOf, instant, jsonText, plainData, printable, snake } from '../../src/cli/output.js';
import { GitError } from '../../src/platform/git/errors.js';
import { StackError } from '../../src/platform/stack/index.js';

describe('cli output', () => {
  it('titles and output of agents can not drive the terminal', () => {
    expect(printable('\u001b]0;owned\u0007\u009b31mred\r')).to.equal(
      '\ufffd]0;owned\ufffd\ufffd31mred\ufffd',
    );
    expect(printable('plain – text\n\ttab')).to.equal('plain – text\n\ttab');
  });

  it('JSON escapes the controls that it allows; it is the same JSON', () => {
    const value = { title: '\u009b31m\u007f\u0085 plain – text' };
    const text = jsonText(value);
    expect(text).to.equal('{"title":"\\u009b31m\\u007f\\u0085 plain – text"}');
    expect(JSON.parse(text)).to.deep.equal(value);
    expect(jsonText({ a: 1 }, 2)).to.equal('{\n  "a": 1\n}');
  });

  it('a password in an address is never in a message', () => {
    const url = 'postgres://arbiter:s3cr3t@127.0.0.1:5432/arbiter';
    expect(withoutPasswords(`cannot connect to ${url} now`)).to.equal(
      'cannot connect to postgres://arbiter:***@127.0.0.1:5432/arbiter now',
    );
    expect(JSON.stringify(failureOf(new Error(url)))).to.not.contain('s3cr3t');
    expect(JSON.stringify(failureOf(new StackError('PORT_TAKEN', url, url, url)))).to.not.contain('s3cr3t');
  });

  it('errors are recognised by structure: code, expected, found, repair', () => {
    const failure = failureOf(new StackError('NO_JAVA', 'Java 17', 'none', 'Install it.'));
    expect(failure).to.include({
      code: 'NO_JAVA',
      expected: 'Java 17',
      found: 'none',
      repair: 'Install it.',
    });
    expect(failureOf(new Error('BAD_CURSOR: expected a cursor'))).to.include({
      code: 'BAD_CURSOR',
      message: 'expected a cursor',
    });
    expect(failureOf(new Error('odd'))).to.deep.equal({ code: 'FAILED', message: 'odd' });
    expect(failureOf('text')).to.include({ code: 'FAILED', message: 'text' });
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(failureOf(refused).repair).to.contain('arbiter up');
    const many = new AggregateError([new Error('connect ECONNREFUSED ::1:1')], '');
    expect(failureOf(many).message).to.equal('connect ECONNREFUSED ::1:1');
    expect(oneLine({ code: 'X', expected: 'a', found: 'b', repair: 'do c' })).to.equal(
      'X: expected a, found b; do c',
    );
  });

  it('a repair is said once, whatever the error says of it in its message', () => {
    const stack = failureOf(new StackError('NO_JAVA', 'Java 17', 'none', 'Install it.'));
    expect(stack.message).to.equal('expected Java 17, found none');
    expect(oneLine(stack)).to.equal('NO_JAVA: expected Java 17, found none; Install it.');
    const facts = { place: 'a commit', expected: 'it', found: 'nothing', repair: 'Push it.' } as const;
    const git = failureOf(new GitError({ code: 'REVISION_NOT_FOUND', ...facts }));
    expect(oneLine(git)).to.equal('REVISION_NOT_FOUND: a commit: expected it; found nothing; Push it.');
    const url = 'postgres://arbiter:s3cr3t@127.0.0.1/a';
    expect(oneLine(failureOf(new StackError('BAD_SETTING', 'a', 'b', `Try ${url}`)))).to.equal(
      'BAD_SETTING: expected a, found b; Try postgres://arbiter:***@127.0.0.1/a',
    );
  });

  it('exit codes: 1 only where it was said so', () => {
    expect(exitOf(new CliError({ code: 'NOT_FOUND' }, { exit: 1 }))).to.equal(1);
    expect(exitOf(new CliError({ code: 'BAD_INPUT' }))).to.equal(2);
    expect(exitOf(new Error('anything'))).to.equal(2);
  });

  it('digests are hex, other bytes base64, keys of data stay as they are', () => {
    expect(plainData({ a: Buffer.alloc(32), b: [Buffer.from('x')], c: new Map([['k', 1]]) })).to.deep.equal({
      a: '0'.repeat(64),
      b: ['eA=='],
      c: { k: 1 },
    });
    expect(snake({ taskId: 1, tags: { camelCase: 1 }, meanDurationUs: 2 })).to.deep.equal({
      task_id: 1,
      tags: { camelCase: 1 },
      mean_duration_us: 2,
    });
  });

  it('instants keep their microseconds', () => {
    expect(instant(1_795_347_532_161_007)).to.equal('2026-11-22T11:38:52.161007Z');
    expect(instant(null)).to.equal(null);
  });
});
