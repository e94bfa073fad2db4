import assert from 'node:assert/strict';
import { test } from 'node:test';
import { center } from '../src/pad.js';
import { truncate } from '../src/truncate.js';
import { wrap } from '../src/wrap.js';

test('center puts the odd space in front', () => assert.equal(center('ab', 5), '  ab '));
test('truncate leaves short texts alone', () => assert.equal(truncate('ab', 5), 'ab'));
test('wrap breaks between words', () => assert.deepEqual(wrap('a bb ccc', 4), ['a bb', 'ccc']));
