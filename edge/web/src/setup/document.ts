/** What the set-up page edits: the menu, the kitchen's plan and the announcements, as plain data. Pure. */
import type { Announcements, KitchenPlan, Menu, Name } from '@shared/generated/wire';
import { messageWords } from '../message_words';
import { cellName } from './announcements/announcements';
import type { Cell } from './announcements/announcements';

export interface SetupDocument {
  menu: Menu;
  plan: KitchenPlan;
  announcements: Announcements;
}

/** The document as the box had it, and the numbers by which the box knows its parts. */
export interface Base {
  /** Of menu and plan. */
  readonly edited: number;
  /** Of the announcements. */
  readonly arranged: number;
  readonly document: SetupDocument;
}

/** A list of things that have an id and a name: where it is, what identifies one, what it is called. */
export interface ListOf {
  readonly what:
    | 'category'
    | 'dish'
    | 'caution'
    | 'station'
    | 'area'
    | 'route'
    | 'printer'
    | 'rule'
    | 'channel'
    | 'pad_call'
    | 'sound_device';
  readonly items: (document: SetupDocument) => Item[];
  readonly put: (document: SetupDocument, items: Item[]) => void;
  readonly key: (item: Item) => string;
  readonly name: (item: Item, document: SetupDocument) => Name;
}

/** One thing of such a list. What it is follows from the list alone. */
export type Item = object;

function list<T extends Item>(
  what: ListOf['what'],
  items: (document: SetupDocument) => T[],
  put: (document: SetupDocument, items: T[]) => void,
  key: (item: T) => string,
  name: (item: T, document: SetupDocument) => Name,
): ListOf {
  // Each list is read, compared and put back by its own functions, so an item never meets another list's.
  return { what, items, put, key, name } as unknown as ListOf;
}

export const LISTS: readonly ListOf[] = [
  list(
    'category',
    ({ menu }) => menu.categories,
    ({ menu }, all) => (menu.categories = all),
    (one) => one.category,
    (one) => one.name,
  ),
  list(
    'dish',
    ({ menu }) => menu.dishes,
    ({ menu }, all) => (menu.dishes = all),
    (one) => one.dish,
    (one) => one.name,
  ),
  list(
    'caution',
    ({ menu }) => menu.cautions,
    ({ menu }, all) => (menu.cautions = all),
    (one) => `${one.kind}/${one.name.zh}`,
    (one) => one.name,
  ),
  list(
    'station',
    ({ plan }) => plan.stations,
    ({ plan }, all) => (plan.stations = all),
    (one) => one.station,
    (one) => one.name,
  ),
  list(
    'area',
    ({ plan }) => plan.areas,
    ({ plan }, all) => (plan.areas = all),
    (one) => one.area,
    (one) => one.name,
  ),
  list(
    'route',
    ({ plan }) => plan.area_routes,
    ({ plan }, all) => (plan.area_routes = all),
    (one) => `${one.area}/${one.category ?? ''}/${one.dish ?? ''}`,
    (one, { plan }) => plan.areas.find(({ area }) => area === one.area)?.name ?? { zh: one.area, en: one.area },
  ),
  list(
    'printer',
    ({ plan }) => plan.printers,
    ({ plan }, all) => (plan.printers = all),
    (one) => one.printer,
    (one) => one.name,
  ),
  list(
    'rule',
    ({ announcements }) => announcements.rules,
    ({ announcements }, all) => (announcements.rules = all),
    cellName,
    ruleName,
  ),
  list(
    'channel',
    ({ announcements }) => announcements.channels,
    ({ announcements }, all) => (announcements.channels = all),
    (one) => one.channel,
    ({ channel }) => inBoth((words) => words.channel[channel]),
  ),
  list(
    'pad_call',
    ({ announcements }) => announcements.pad_calls,
    ({ announcements }, all) => (announcements.pad_calls = all),
    (one) => `${one.template}`,
    (one) => one.name,
  ),
  list(
    'sound_device',
    ({ announcements: { device } }) => (device ? [{ device }] : []),
    ({ announcements }, [first]) => (announcements.device = first?.device),
    () => 'device',
    ({ device }) => ({ zh: device, en: device }),
  ),
];

/** `新订单 · 房间客人 → 喇叭`. */
export function ruleName({ event, source, channel }: Cell): Name {
  return inBoth((words) => `${words.event[event]} · ${words.source[source]} → ${words.channel[channel]}`);
}

function inBoth(say: (words: typeof messageWords.zh) => string): Name {
  return { zh: say(messageWords.zh), en: say(messageWords.en) };
}

export const EMPTY: SetupDocument = {
  menu: { categories: [], dishes: [], cautions: [] },
  plan: { stations: [], areas: [], area_routes: [], printers: [] },
  announcements: { rules: [], channels: [], pad_calls: [] },
};

/** A copy that shares nothing, without what a form makes reactive. */
export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Whether two pieces of data say the same. What is absent, null or not given is the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || ((a ?? null) === null && (b ?? null) === null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  return fieldsThatDiffer(a, b).length === 0;
}

/** The fields in which two things differ. */
export function fieldsThatDiffer(a: object, b: object): string[] {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const fields = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...fields].filter((field) => !same(left[field], right[field]));
}

/** The list with one of its things moved by one place; unchanged at the end of the list. */
export function moved<T>(all: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by;
  if (from < 0 || to < 0 || to >= all.length) return [...all];
  const result = [...all];
  [result[from], result[to]] = [result[to], result[from]];
  return result;
}
