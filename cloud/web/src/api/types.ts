/** What the cloud answers to the dashboard. Times are RFC 3339 in UTC; amounts of SMS are units (条). */
import type {
  BusinessDay,
  Guest,
  MessageEvent,
  MessageId,
  MessageKind,
  OrderId,
  OrderNumber,
  OrderView,
  ShopId,
} from '@shared/generated/wire';

export interface Shop {
  shop: ShopId;
  name: string;
  time_zone: string;
  box_online: boolean;
  /** Null for a box that has never been heard. */
  last_heard_at: string | null;
}

/** A shop's own people see that shop alone. */
export type Role = 'owner' | 'viewer' | 'shop';

export interface Me {
  user: string;
  role: Role;
  brand: string;
  brand_name: string;
  shops: Shop[];
}

export interface Today {
  day: BusinessDay;
  orders: number;
  portions: number;
  open_orders: number;
  /** Hours by the shop's clock. */
  by_hour: { hour: number; orders: number }[];
  /** Of the whole brand, as what follows: null for who sees one shop alone. */
  sms_available: number | null;
  sms_sent_today: number | null;
  sms_delivered_today: number | null;
  sms_failed_today: number | null;
}

export interface OrderPage {
  orders: OrderView[];
  next: string | null;
}

/** The books of the brand (S13): bought + granted = available + frozen + in doubt + sent + expired + revoked. */
export interface Balance {
  balance: number;
  available: number;
  frozen: number;
  in_doubt: number;
  sent: number;
  expired: number;
  revoked: number;
  bought: number;
  granted: number;
  packages: SmsPackage[];
}

export interface SmsPackage {
  package: string;
  name: string;
  bought: number;
  remaining: number;
  reserved: number;
  /** The last day on which it can be used. */
  expires_on: BusinessDay;
  paid_at: string;
}

export const messageStates = [
  'queued',
  'submitting',
  'in_doubt',
  'accepted',
  'delivered',
  'undelivered',
  'failed',
  'released',
] as const;
export type MessageState = (typeof messageStates)[number];

export const messageKinds = ['verification', 'notification', 'marketing'] as const;
export type MessageKindWord = (typeof messageKinds)[number];

export interface Message {
  message: string;
  shop: ShopId | null;
  kind: MessageKindWord;
  phone_masked: string;
  text: string;
  units: number;
  state: MessageState;
  reason: string | null;
  /** The same without anybody's words, such as `carrier:105`. */
  reason_code: string | null;
  /** The account that it was last given to. */
  carrier: string | null;
  requested_at: string;
  sent_at: string | null;
  receipt_at: string | null;
  payment: string | null;
  timeline: { at: string; what: string }[];
  /** Its number is null for an order that the cloud has not seen. */
  order: { order: OrderId; number: OrderNumber | null } | null;
}

export interface MessagePage {
  messages: Message[];
  next: string | null;
}

/** Where the units went on some days. */
export interface Figures {
  from: BusinessDay;
  to: BusinessDay;
  /** The present day of the books. */
  today: BusinessDay;
  /** Null for who sees one shop alone. */
  balance: BalanceFigures | null;
  carriers: CarrierFigure[];
  reasons: ReasonFigure[];
  shops: ShopFigure[];
}

export interface BalanceFigures {
  /** What was left at the end of each day; of today: what is left now. */
  days: { day: BusinessDay; balance: number; added: number; used: number; expired: number; revoked: number }[];
  /** Null before the first package. */
  daily_use: number | null;
  /** From tomorrow on. */
  outlook: { day: BusinessDay; balance: number }[];
  runs_out_on: BusinessDay | null;
  packages: SmsPackage[];
}

export interface CarrierFigure {
  carrier: string;
  taken: number;
  delivered: number;
  undelivered: number;
  in_doubt: number;
  failed: number;
}

export interface ReasonFigure {
  reason_code: string;
  states: MessageState[];
  messages: number;
  units: number;
}

export interface ShopFigure {
  /** Null: the brand's own systems. */
  shop: ShopId | null;
  name: string | null;
  messages: number;
  units: number;
  kinds: { kind: MessageKindWord; messages: number; units: number }[];
}

/** A package on sale. */
export interface Offer {
  offer: string;
  name: string;
  units: number;
  price_fen: number;
  valid_days: number;
}

export interface Offers {
  offers: Offer[];
  /** Whether a way to pay is set up. */
  payment: boolean;
}

export type PurchaseState = 'open' | 'paid' | 'closed' | 'refunding' | 'refunded';

export interface Purchase {
  purchase: string;
  /** The payment provider's number of it. */
  number: string;
  /** As it was on sale when it was asked for. */
  offer: Offer;
  by: string;
  asked_at: string;
  closes_at: string;
  state: PurchaseState;
  /** Why it is closed. */
  reason: 'unpaid' | 'given_up' | 'refused' | 'wrong_amount' | 'refunded_elsewhere' | null;
  /** What to scan while it can be paid. */
  code_url: string | null;
  paid_at: string | null;
  refunds: {
    transaction: string;
    amount_fen: number;
    reason: 'wrong_amount' | 'late' | 'twice' | 'returned';
    state: 'due' | 'taken' | 'done' | 'by_hand';
    /** Why the provider refused it last. */
    trouble: string | null;
  }[];
}

export interface PurchasePage {
  purchases: Purchase[];
  next: string | null;
}

export const relayChannels = ['tencent_im', 'webhook'] as const;
export type RelayChannel = (typeof relayChannels)[number];

export const relayStates = ['queued', 'sent', 'delivered', 'failed', 'too_old'] as const;
export type RelayState = (typeof relayStates)[number];

/** A message that a box asked to be sent on (M9). */
export interface Relay {
  message: MessageId;
  shop: ShopId;
  box: string;
  channel: RelayChannel;
  event: MessageEvent;
  kind: MessageKind;
  /** Empty for a refresh. */
  text: string;
  guest: Guest | null;
  state: RelayState;
  reason: string | null;
  asked_at: string;
  kept_at: string;
  good_until: string;
  parcels: Parcel[];
}

/** A message to one of its targets. */
export interface Parcel {
  /** An IM user; null for a webhook, which is one target. */
  to: string | null;
  state: RelayState;
  reason: string | null;
  timeline: { at: string; what: string; detail: string | null }[];
}

export interface RelayPage {
  messages: Relay[];
  next: string | null;
}

/** A channel of the brand. */
export interface ChannelInfo {
  channel: RelayChannel;
  host: string;
  account: string | null;
  named: string[];
  /** Nothing goes by it any more. */
  off_since: string | null;
}

export const scopes = ['read', 'ledger', 'send'] as const;
export type Scope = (typeof scopes)[number];

export type KeyState = 'good' | 'expired' | 'revoked';

/** A key of one of the brand's own systems. */
export interface ApiKey {
  name: string;
  scopes: Scope[];
  state: KeyState;
  expires_at: string | null;
  revoked_at: string | null;
  /** Those that are still good, the newest last. */
  secrets: KeySecret[];
}

export interface KeySecret {
  /** How it begins; empty for the key that the brand got when it joined. */
  hint: string;
  made_at: string | null;
  /** Until when it is good, once it was replaced. */
  good_until: string | null;
  /** As far as the running cloud knows. */
  last_used_at: string | null;
}

/** A key with its secret, the only time. */
export interface KeyMade {
  name: string;
  key: string;
}

export const topics = ['message_accepted', 'message_final', 'low_balance', 'freeze_lapsed', 'purchase_paid'] as const;
export type Topic = (typeof topics)[number];

/** Where one of the brand's systems is called, and how that goes. */
export interface SubscriptionInfo {
  subscription: string;
  host: string;
  topics: Topic[];
  waiting: number;
  given_up: number;
  /** Of those, the ones that can still be told. */
  set_aside: number;
  trouble: string | null;
  trouble_at: string | null;
  off_since: string | null;
}

export interface Subscriptions {
  subscriptions: SubscriptionInfo[];
  /** Null: the brand is not told. */
  low_balance: number | null;
}

export interface SubscriptionMade {
  subscription: string;
  /** Shown once; null when it is as it was. */
  secret: string | null;
}
