/** Turns a pairing code, or the token of a QR code, into this browser's own credential. */
import { keepCredential } from '@shared/credential';
import type { DeviceId, Problem, Role } from '@shared/generated/wire';

export const CODE_DIGITS = 8;

/** What the box gives to a new device. */
export interface Redeemed {
  readonly device: DeviceId;
  readonly secret: string;
  readonly role: Role;
  /** Where it works: `/kitchen`. */
  readonly page: string;
}

/** `refused`: in the box's own words, which say what to do next. `silence`: the box did not answer. */
export type Outcome =
  | { readonly kind: 'paired'; readonly redeemed: Redeemed }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'silence' };

const ANSWER_WITHIN_MS = 8_000;

/** The digits of what was typed or pasted, as many as a code has. */
export function digitsOf(typed: string): string {
  return typed.normalize('NFKC').replaceAll(/\D/g, '').slice(0, CODE_DIGITS);
}

/** Tries a code or a token once: it is good for one device. */
export async function redeem(code: string, language: string): Promise<Outcome> {
  try {
    const response = await fetch('/api/v1/pairings/redeem', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Accept-Language': language },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.ok) return { kind: 'paired', redeemed: (await response.json()) as Redeemed };
    if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return { kind: 'silence' };
    const { detail } = (await response.json()) as Problem;
    return { kind: 'refused', detail };
  } catch {
    return { kind: 'silence' };
  }
}

/** Makes this browser that device: its page finds the credential where it always does. */
export function settle({ device, secret, page }: Redeemed): void {
  keepCredential(page.replace(/^\//, ''), { device, secret });
}
