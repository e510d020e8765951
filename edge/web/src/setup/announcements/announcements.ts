/** The announcement settings as an owner works on them: one cell for each event, guest and channel. Pure. */
import type {
  Announcements,
  Channel,
  ChannelSettings,
  MessageEvent,
  PadCall,
  Rule,
  Source,
} from '@shared/generated/wire';

/** Which cell: no two rules have all three in common. */
export type Cell = Pick<Rule, 'event' | 'source' | 'channel'>;

export const SOURCES: readonly Source[] = ['room', 'wristband', 'shop'];
export const CHANNELS: readonly Channel[] = [
  'speaker',
  'kitchen',
  'call_screen',
  'staff',
  'cashier',
  'pad',
  'tencent_im',
  'webhook',
];
export const TIMES_MAX = 10;
export const INTERVAL_S = { min: 5, max: 3600, usual: 60 };
export const PAD_CALLS_MAX = 12;

const GUEST_EVENTS: readonly MessageEvent[] = [
  'order_placed',
  'lines_fired',
  'lines_rushed',
  'pickup_called',
  'service_called',
  'line_voided',
  'left_behind',
  'line_cancelled',
];
const SHOP_EVENTS: readonly MessageEvent[] = ['attendant_called', 'notice'];

/** The rows for such guests: what can happen to them, and whatever else a program has made rules for. */
export function eventsOf(source: Source, { rules }: Announcements): MessageEvent[] {
  const usual = source === 'shop' ? SHOP_EVENTS : GUEST_EVENTS;
  const more = rules.filter((rule) => rule.source === source && !usual.includes(rule.event)).map(({ event }) => event);
  return [...usual, ...new Set(more)];
}

/** Only a guest in a room has a pad. */
export function canReach({ source, channel }: Cell): boolean {
  return channel !== 'pad' || source === 'room';
}

/** A refresh has no words: screens fetch anew. */
export function hasWords(event: MessageEvent): boolean {
  return event !== 'line_cancelled';
}

/** As the box names a cell when it refuses it. */
export function cellName({ event, source, channel }: Cell): string {
  return `${event}.${source}.${channel}`;
}

export function ruleAt({ rules }: Announcements, cell: Cell): Rule | undefined {
  return rules.find((rule) => cellName(rule) === cellName(cell));
}

/** Turns a cell on or off. What was turned on here and off again leaves no trace; what the box has keeps its words. */
export function toggle(announcements: Announcements, cell: Cell, saved: Announcements): void {
  const rule = ruleAt(announcements, cell);
  if (!rule) announcements.rules.push(newRule(announcements, cell));
  else if (rule.on && !ruleAt(saved, cell)) {
    announcements.rules = announcements.rules.filter((one) => one !== rule);
  } else rule.on = !rule.on;
}

/** A rule that begins with the words of the same event elsewhere. */
function newRule({ rules }: Announcements, cell: Cell): Rule {
  const alike = rules.filter(({ event }) => event === cell.event);
  const like = alike.find(({ source }) => source === cell.source) ?? alike[0];
  const usual = { times: 1, interval_s: INTERVAL_S.usual, template: '' };
  const { times, interval_s, template } = like ?? usual;
  return { ...cell, on: true, template, times, interval_s, volume: 100 };
}

/** Puts one sentence into every cell of its row. */
export function spreadWords({ rules }: Announcements, { event, source, template }: Rule): void {
  for (const rule of rules) if (rule.event === event && rule.source === source) rule.template = template;
}

/** What a channel is set to; one that nobody has set is as loud as can be, always. */
export function channelAt({ channels }: Announcements, channel: Channel): ChannelSettings {
  return channels.find((one) => one.channel === channel) ?? { channel, volume: 100 };
}

/** Sets a channel. Back to what is usual, it is no longer listed. */
export function setChannel(announcements: Announcements, settings: ChannelSettings): void {
  const usual = settings.volume === 100 && !settings.quiet;
  const listed = announcements.channels.findIndex(({ channel }) => channel === settings.channel);
  if (listed >= 0) announcements.channels.splice(listed, 1, ...(usual ? [] : [settings]));
  else if (!usual) announcements.channels.push(settings);
}

/**
 * A number for a new pad call: above every one that is or was, so that a wish on its way from an old pad never means
 * another.
 */
export function nextPadCall(...lists: readonly (readonly PadCall[])[]): number {
  return Math.max(0, ...lists.flat().map(({ template }) => template)) + 1;
}

/** How loud a rule is heard on its channel, in percent. */
export function loudness(announcements: Announcements, rule: Rule): number {
  return Math.floor((rule.volume * channelAt(announcements, rule.channel).volume) / 100);
}

/** What is said when a guest calls for something new, until somebody writes it better. */
export function usualWords(name: string): string {
  return `{roomName}房间${name}，请前往`;
}
