import { expect, test } from 'vitest';
import { readReason } from '../src/messages/reason';

test('m9: a reason is a word, maybe a code, and what it means', () => {
  const words = 'the signature is wrong: the secret is not the application’s';
  expect(readReason(`credentials 70009: ${words}`)).toEqual({ word: 'credentials', code: '70009', said: words });
  expect(readReason('busy unreachable: no connection')).toEqual({
    word: 'busy',
    code: 'unreachable',
    said: 'no connection',
  });
  expect(readReason('no_answer: HTTP status 502')).toEqual({ word: 'no_answer', code: '', said: 'HTTP status 502' });
  expect(readReason('switched_off')).toEqual({ word: 'switched_off', code: '', said: '' });
});
