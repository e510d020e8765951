/**
 * The keys of a bump bar or keyboard and what they do. A key is known by its place (`KeyR`) where the browser knows
 * it, else by what it types, else by its raw number, so that any bar can be taught. Pure.
 */

export const FUNCTIONS = [
  'select_1',
  'select_2',
  'select_3',
  'select_4',
  'select_5',
  'select_6',
  'select_7',
  'select_8',
  'select_9',
  'select_10',
  'next',
  'undo',
  'recall',
  'hold',
  'call',
  'pick_up',
  'part',
  'mode',
  'totals',
  'sold_out',
  'void',
  'remake',
  'acknowledge',
  'left',
  'right',
  'up',
  'down',
  'page_back',
  'page_on',
  'keys',
] as const;

export type KeyFunction = (typeof FUNCTIONS)[number];

/** The keys of each function, as `keyOf` names them. */
export type Keymap = Readonly<Record<KeyFunction, readonly string[]>>;

/** What of a `KeyboardEvent` tells a key. */
export interface Pressed {
  readonly code: string;
  readonly key: string;
  readonly keyCode: number;
}

const digitKeys = (digit: number): readonly string[] => [`Digit${digit}`, `Numpad${digit}`];

export const USUAL_KEYS: Keymap = {
  select_1: digitKeys(1),
  select_2: digitKeys(2),
  select_3: digitKeys(3),
  select_4: digitKeys(4),
  select_5: digitKeys(5),
  select_6: digitKeys(6),
  select_7: digitKeys(7),
  select_8: digitKeys(8),
  select_9: digitKeys(9),
  select_10: digitKeys(0),
  next: ['Enter', 'NumpadEnter'],
  undo: ['Backspace'],
  recall: ['KeyR'],
  hold: ['KeyH'],
  call: ['KeyC'],
  pick_up: ['KeyT'],
  part: ['KeyP'],
  mode: ['KeyD'],
  totals: ['KeyS'],
  sold_out: ['KeyX'],
  void: ['KeyV'],
  remake: ['KeyM'],
  acknowledge: ['KeyA'],
  left: ['ArrowLeft'],
  right: ['ArrowRight'],
  up: ['ArrowUp'],
  down: ['ArrowDown'],
  page_back: ['PageUp'],
  page_on: ['PageDown'],
  keys: ['KeyK', 'F1'],
};

/** The name of the key that was pressed. */
export function keyOf(pressed: Pressed): string {
  if (pressed.code && pressed.code !== 'Unidentified') return pressed.code;
  if (pressed.key && pressed.key !== 'Unidentified') return `key:${pressed.key.toLowerCase()}`;
  return `raw:${pressed.keyCode}`;
}

/** What the key does; `null` for a key without a function. */
export function functionOf(keys: Keymap, pressed: Pressed): KeyFunction | null {
  const key = keyOf(pressed);
  return FUNCTIONS.find((name) => keys[name].includes(key)) ?? null;
}

/** Gives a function this one key, and takes it from whatever had it. */
export function bind(keys: Keymap, name: KeyFunction, key: string): Keymap {
  const without = FUNCTIONS.map((other) => [other, keys[other].filter((one) => one !== key)] as const);
  return { ...(Object.fromEntries(without) as unknown as Keymap), [name]: [key] };
}

/** Reads what `JSON.stringify` kept. What it does not name keeps its usual keys, unless they were given away. */
export function readKeys(text: string | null): Keymap {
  const kept = parse(text);
  const given = new Set(Object.values(kept).flat());
  const entries = FUNCTIONS.map((name) => [name, kept[name] ?? USUAL_KEYS[name].filter((key) => !given.has(key))]);
  return Object.fromEntries(entries) as Keymap;
}

function parse(text: string | null): Partial<Record<string, string[]>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.filter(([, keys]) => isTexts(keys)));
  } catch {
    return {};
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Backspace: '⌫',
  NumpadEnter: 'Num Enter',
};

/** As it is printed on the key: `R`, `7`, `←`. */
export function keySign(key: string): string {
  if (key.startsWith('key:')) return key.slice('key:'.length).toUpperCase();
  if (key.startsWith('raw:')) return `#${key.slice('raw:'.length)}`;
  return SIGNS[key] ?? key.replace(/^(Key|Digit)/, '').replace(/^Numpad/, 'Num ');
}
