/** How a state looks: a tone, an icon and always a word. */
import {
  Ban,
  BellRing,
  CheckCheck,
  CircleAlert,
  CircleDashed,
  CircleHelp,
  Clock,
  CookingPot,
  DoorOpen,
  Send,
  TimerOff,
  Undo2,
  UtensilsCrossed,
} from '@lucide/vue';
import type { OrderState } from '@shared/generated/wire';
import type { Component } from 'vue';
import type { MessageState, PurchaseState, RelayState } from '../api/types';

export type Tone = 'quiet' | 'busy' | 'good' | 'soon' | 'bad';

export interface Look {
  tone: Tone;
  icon: Component;
}

export const orderLooks: Record<OrderState, Look> = {
  waiting: { tone: 'quiet', icon: Clock },
  cooking: { tone: 'busy', icon: CookingPot },
  ready: { tone: 'soon', icon: BellRing },
  served: { tone: 'good', icon: UtensilsCrossed },
  cancelled: { tone: 'quiet', icon: Ban },
  completed: { tone: 'quiet', icon: DoorOpen },
};

export const messageLooks: Record<MessageState, Look> = {
  queued: { tone: 'quiet', icon: Clock },
  submitting: { tone: 'busy', icon: CircleDashed },
  in_doubt: { tone: 'soon', icon: CircleHelp },
  accepted: { tone: 'busy', icon: Send },
  delivered: { tone: 'good', icon: CheckCheck },
  undelivered: { tone: 'bad', icon: CircleAlert },
  failed: { tone: 'bad', icon: Undo2 },
  released: { tone: 'quiet', icon: Ban },
};

export const purchaseLooks: Record<PurchaseState, Look> = {
  open: { tone: 'soon', icon: Clock },
  paid: { tone: 'good', icon: CheckCheck },
  closed: { tone: 'quiet', icon: Ban },
  refunding: { tone: 'busy', icon: CircleDashed },
  refunded: { tone: 'quiet', icon: Undo2 },
};

export const relayLooks: Record<RelayState, Look> = {
  queued: { tone: 'quiet', icon: Clock },
  sent: { tone: 'busy', icon: Send },
  delivered: { tone: 'good', icon: CheckCheck },
  failed: { tone: 'bad', icon: CircleAlert },
  too_old: { tone: 'soon', icon: TimerOff },
};
