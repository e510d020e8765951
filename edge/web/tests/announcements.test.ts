import type { Announcements, Rule } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import {
  canReach,
  channelAt,
  eventsOf,
  loudness,
  nextPadCall,
  ruleAt,
  setChannel,
  spreadWords,
  toggle,
} from '../src/setup/announcements/announcements';
import type { Cell } from '../src/setup/announcements/announcements';
import { changesBetween } from '../src/setup/changes';
import { copy, EMPTY } from '../src/setup/document';
import { faultOf, piecesOf, placeholdersFor, sampleOf } from '../src/setup/announcements/template';
import { choicesOf, healthOf } from '../src/setup/announcements/voice';

const WORDS = '{roomName}房间下单了{goodsName}{num}份，请注意';
const SPEAKER: Cell = { event: 'order_placed', source: 'room', channel: 'speaker' };
const STAFF: Cell = { ...SPEAKER, channel: 'staff' };

function rule(cell: Cell, more: Partial<Rule> = {}): Rule {
  return { ...cell, on: true, template: WORDS, times: 1, interval_s: 60, volume: 100, ...more };
}

function settings(...rules: Rule[]): Announcements {
  return { rules, channels: [], pad_calls: [] };
}

describe('the cells of the announcements', () => {
  it('m3_turn off and on and keep their words', () => {
    const [saved, draft] = [settings(rule(SPEAKER)), settings(rule(SPEAKER))];
    toggle(draft, SPEAKER, saved);
    expect(ruleAt(draft, SPEAKER)).toEqual(rule(SPEAKER, { on: false }));
    toggle(draft, SPEAKER, saved);
    expect(draft).toEqual(saved);
  });

  it('m3_begin with the words of the same event, and leave no trace when they are turned off again', () => {
    const [saved, draft] = [settings(rule(SPEAKER, { times: 2 })), settings(rule(SPEAKER, { times: 2 }))];
    toggle(draft, STAFF, saved);
    expect(ruleAt(draft, STAFF)).toEqual(rule(STAFF, { times: 2 }));
    toggle(draft, STAFF, saved);
    expect(draft).toEqual(saved);
  });

  it('take one sentence for a whole row, and no other row', () => {
    const other = rule({ ...SPEAKER, source: 'wristband' });
    const draft = settings(rule(SPEAKER), rule(STAFF), other);
    spreadWords(draft, rule(SPEAKER, { template: '新单' }));
    expect(draft.rules.map(({ template }) => template)).toEqual(['新单', '新单', WORDS]);
  });

  it('show what programs have made rules for, and no pad where there is no room', () => {
    const draft = settings(rule({ event: 'notice', source: 'room', channel: 'staff' }));
    expect(eventsOf('room', draft)).toContain('notice');
    expect(eventsOf('shop', draft)).toEqual(['attendant_called', 'notice']);
    expect(canReach({ ...SPEAKER, channel: 'pad' })).toBe(true);
    expect(canReach({ event: 'notice', source: 'shop', channel: 'pad' })).toBe(false);
  });

  it('m3_are as loud as rule and channel allow, and a channel back to usual is not listed', () => {
    const draft = settings(rule(SPEAKER, { volume: 50 }));
    setChannel(draft, { channel: 'speaker', volume: 70 });
    expect(loudness(draft, draft.rules[0])).toBe(35);
    setChannel(draft, { ...channelAt(draft, 'speaker'), volume: 100 });
    expect(draft.channels).toEqual([]);
  });

  it('are named in the list of changes', () => {
    const before = { ...copy(EMPTY), announcements: settings(rule(SPEAKER)) };
    const after = { ...copy(EMPTY), announcements: settings(rule(SPEAKER, { times: 3 })) };
    expect(changesBetween(before, after)).toEqual([
      {
        kind: 'changed',
        what: 'rule',
        name: { zh: '新订单 · 房间客人 → 喇叭', en: 'New order · Guests in rooms → Speaker' },
        fields: ['times'],
      },
    ]);
  });

  it('m1_never use the number of a pad call twice, saved or not', () => {
    const call = (template: number) => ({ template, name: { zh: '加水', en: '' }, text: '' });
    expect(nextPadCall([call(1)], [call(1), call(4)])).toBe(5);
    expect(nextPadCall([], [])).toBe(1);
  });
});

describe('a template', () => {
  it('m6_reads as the owner wrote it', () => {
    expect(sampleOf(WORDS)).toBe('801房间下单了水饺2份，请注意');
    expect(faultOf(WORDS)).toBeNull();
  });

  it('m6_is marked before it is saved', () => {
    expect(piecesOf('{tableName}下单')[0]).toEqual({ text: '{tableName}', kind: 'unknown' });
    expect(faultOf('{tableName}下单')).toBe('unknown');
    expect(faultOf('{roomName下单')).toBe('brace');
    expect(faultOf('{a{num}')).toBe('brace');
    expect(faultOf('房间}')).toBe('brace');
    expect(faultOf('  ')).toBe('no_words');
    expect(faultOf('', false)).toBeNull();
    expect(faultOf('长'.repeat(121))).toBe('too_long');
    expect(faultOf('长'.repeat(120))).toBeNull();
  });

  it('offers what means something for its event', () => {
    expect(placeholdersFor('order_placed', 'wristband')).not.toContain('roomName');
    expect(placeholdersFor('notice', 'shop')).toEqual(['text']);
  });
});

describe('the voice', () => {
  it('is fine only when it is understood', () => {
    expect(healthOf({ state: 'speaking_with', engine: 'kokoro' }).kind).toBe('fine');
    expect(healthOf({ state: 'speaking_with', engine: 'espeak' })).toMatchObject({ kind: 'bad', word: 'espeak' });
    expect(healthOf({ state: 'no_device', reason: 'busy' })).toEqual({
      kind: 'bad',
      word: 'no_device',
      reason: 'busy',
    });
  });

  it('keeps a device in the list that is set and not plugged in', () => {
    const usb = { name: 'plughw:CARD=USB', description: 'USB' };
    expect(choicesOf([usb], 'plughw:CARD=Gone').map(({ name, missing }) => [name, missing])).toEqual([
      ['plughw:CARD=USB', false],
      ['plughw:CARD=Gone', true],
    ]);
    expect(choicesOf([usb], undefined)).toHaveLength(1);
  });
});
