import { afterEach, describe, expect, it, vi } from 'vitest';
import { keptCredential } from '@shared/credential';
import { addressOf, grouped, inOrder, placeOf, reachable, timeLeft } from '../src/setup/devices/devices';
import type { Device } from '../src/setup/devices/devices';
import { digitsOf, redeem, settle } from '../src/pair/redeem';

function device(id: string, more: Partial<Device>): Device {
  const usual = {
    name: id,
    role: 'pad',
    place: 1,
    speaks: false,
    here: true,
    added_at: '2026-11-22T12:00:00Z',
  } as const;
  return { device: id, ...usual, ...more };
}

describe('devices', () => {
  it('stand in the order of the house: 802 before 1001', () => {
    const list = [
      device('pad_1001', { room: '1001' }),
      device('pad_802', { room: '802' }),
      device('kitchen_1', { role: 'kitchen' }),
    ];
    expect(inOrder(list).map((one) => one.device)).toEqual(['kitchen_1', 'pad_802', 'pad_1001']);
  });

  it('can be moved where they stand somewhere', () => {
    expect([placeOf('pad'), placeOf('kitchen'), placeOf('cashier')]).toEqual(['room', 'station', null]);
  });

  it('are sent to an address that they reach', () => {
    const pages = ['https://192.0.2.7:7443'];
    expect(reachable('http://127.0.0.1:7080/pair#SECRET', pages)).toBe('https://192.0.2.7:7443/pair#SECRET');
    expect(reachable('https://192.0.2.9:7443/pair#SECRET', pages)).toBe('https://192.0.2.9:7443/pair#SECRET');
    expect(reachable('http://127.0.0.1:7080/pair#SECRET', [])).toBe('http://127.0.0.1:7080/pair#SECRET');
  });

  it('show a code as it is read out, an address without its secret, and the time left', () => {
    expect(grouped('12345678')).toBe('1234 5678');
    expect(addressOf('https://192.0.2.7:7443/pair#SECRET')).toBe('https://192.0.2.7:7443/pair');
    expect([timeLeft(0), timeLeft(19_000), timeLeft(700_000)]).toEqual(['10:00', '9:41', '0:00']);
  });
});

describe('pairing', () => {
  afterEach(() => vi.unstubAllGlobals());

  function answering(status: number, body: unknown, type = 'application/problem+json') {
    const fetched = vi.fn(() =>
      Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })),
    );
    vi.stubGlobal('fetch', fetched);
    return fetched;
  }

  it('takes digits however they are typed or pasted', () => {
    expect(digitsOf(' 1234-5678 9')).toBe('12345678');
    expect(digitsOf('１２３４')).toBe('1234');
  });

  it('says in the box’s words what is wrong and what to do', async () => {
    answering(404, { detail: '还可以试 4 次' });
    expect(await redeem('12345678', 'zh')).toEqual({ kind: 'refused', detail: '还可以试 4 次' });
    answering(410, { detail: '过期' });
    expect(await redeem('12345678', 'zh')).toEqual({ kind: 'refused', detail: '过期' });
    answering(502, 'gateway', 'text/html');
    expect(await redeem('12345678', 'zh')).toEqual({ kind: 'silence' });
  });

  it('keeps the credential where the page of the device looks for it', async () => {
    const texts = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => texts.get(key) ?? null,
      setItem: (key: string, text: string) => texts.set(key, text),
    });
    const fetched = answering(
      200,
      { device: 'kitchen_3', secret: 's.e', role: 'kitchen', page: '/kitchen' },
      'application/json',
    );
    const outcome = await redeem('TOKEN', 'en');
    expect(JSON.parse((fetched.mock.calls as unknown as [string, RequestInit][])[0][1].body as string)).toEqual({
      code: 'TOKEN',
    });
    if (outcome.kind !== 'paired') throw new Error('it was not paired');
    settle(outcome.redeemed);
    expect(keptCredential('kitchen')).toEqual({ device: 'kitchen_3', secret: 's.e' });
  });
});
