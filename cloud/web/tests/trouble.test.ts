import { expect, test } from 'vitest';
import { readTrouble } from '../src/keys/trouble';

test('s7: what went wrong with a call is a word, maybe with a status', () => {
  expect(readTrouble('401: the receiver does not accept our signature')).toEqual({ word: 'signature', code: '401' });
  expect(readTrouble('503: the receiver could not take it')).toEqual({ word: 'answered', code: '503' });
  expect(readTrouble('unreachable: no connection could be made').word).toBe('unreachable');
  expect(readTrouble('no answer in time').word).toBe('no_answer');
});
