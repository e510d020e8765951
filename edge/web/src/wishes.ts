/** What a guest calls for, in the words of the settings' pad calls (pad呼叫). Pure. */
import type { PadCall, ServiceCall } from '@shared/generated/wire';
import { named } from '@shared/words';

/** The name of what was called for; empty for a plain call, and for one that the settings no longer know. */
export function wishName(call: Pick<ServiceCall, 'wish'>, padCalls: readonly PadCall[]): string {
  const wish = call.wish === undefined ? undefined : padCalls.find(({ template }) => template === call.wish);
  return wish ? named(wish.name) : '';
}
