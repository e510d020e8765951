/**
 * What stands on the screen: a card an order (按单), or a card for all portions of one dish (并菜, 按菜). Cards and
 * rows that did not change stay the same objects, so that only what changed is drawn again. Pure.
 */
import { hasNotice, isMade, isOutstanding, isToCook, nextStep } from '@shared/lines';
import type { Step } from '@shared/lines';
import type { LineView, OrderView, StationId } from '@shared/generated/wire';
import type { Routing, Shown } from '../routing';

/** One line on a card. */
export interface Row {
  readonly key: string;
  readonly line: LineView;
  readonly order: OrderView;
  readonly shown: Shown;
}

interface Stack {
  readonly key: string;
  readonly rows: readonly Row[];
}

/** Some lines of one order. `unrouted`: those that no station shows. */
export interface OrderCard extends Stack {
  readonly kind: 'order';
  readonly order: OrderView;
  readonly unrouted: boolean;
}

/** Lines of one dish made alike, of several orders, oldest first. */
export interface DishCard extends Stack {
  readonly kind: 'dish';
}

export type Card = OrderCard | DishCard;

/** What a tap on a row does. */
export type RowAction = Step | 'acknowledge';

/** What the large button of a card does, and to which rows. */
export interface CardAction {
  readonly action: RowAction | 'fire';
  readonly rows: readonly Row[];
}

/** Where a screen stands: what is made there is called for, what is at the pass is carried away. */
export type Post = 'kitchen' | 'expo';

/** What a tap on the line does: see what must be seen, else its next step. Held lines have a button of their own. */
export function rowAction(line: LineView, post: Post = 'kitchen'): RowAction | null {
  if (mustBeSeen(line)) return 'acknowledge';
  if (post === 'expo') return isMade(line) ? 'pick_up' : null;
  return nextStep(line);
}

/** Whether the line stays, struck through, until somebody says that it was seen. */
export function mustBeSeen(line: LineView): boolean {
  return hasNotice(line, 'voided') || hasNotice(line, 'left_behind');
}

/**
 * What the whole card does next: the step of the lines furthest behind, so that one tap never skips one; then what
 * must be seen; then what is held may be fired.
 */
export function cardAction(rows: readonly Row[], post: Post = 'kitchen'): CardAction | null {
  const actions: RowAction[] = ['start_cooking', 'finish_cooking', 'call_for_pickup', 'pick_up', 'acknowledge'];
  for (const action of actions) {
    const fitting = rows.filter((row) => rowAction(row.line, post) === action);
    if (fitting.length > 0) return { action, rows: fitting };
  }
  const held = rows.filter((row) => row.line.state === 'held');
  if (post === 'expo' && rows.some((row) => isToCook(row.line))) return null;
  return held.length > 0 ? { action: 'fire', rows: held } : null;
}

/** Makes the rows and cards of orders, and remembers them by the order's view. */
export class CardMaker {
  private readonly made = new WeakMap<OrderView, readonly Row[]>();
  private orderCards = new Map<string, OrderCard>();
  private dishCards = new Map<string, DishCard>();

  /** `cancelledNews`: lines cancelled a moment ago, still drawn so that nobody wonders where they went. */
  constructor(
    private readonly route: Routing,
    private readonly cancelledNews: ReadonlySet<string>,
    before?: CardMaker,
  ) {
    if (!before) return;
    this.orderCards = before.orderCards;
    this.dishCards = before.dishCards;
  }

  /** A card an order; what is unrouted on a card of its own, before all others. */
  byOrder(orders: readonly OrderView[]): OrderCard[] {
    const cards = orders.flatMap((order) => {
      const rows = this.rows(order);
      const loose = rows.filter((row) => row.shown.kind === 'unrouted');
      const routed = rows.filter((row) => row.shown.kind !== 'unrouted');
      return [
        ...this.orderCard(`unrouted.${order.order}`, order, loose, true),
        ...this.orderCard(order.order, order, routed, false),
      ];
    });
    this.orderCards = new Map(cards.map((card) => [card.key, card]));
    return sorted(cards);
  }

  /** A card a dish; what is unrouted stays by order, before all others. */
  byDish(orders: readonly OrderView[], orderCards: readonly OrderCard[]): Card[] {
    const byWay = new Map<string, Row[]>();
    for (const row of orders.flatMap((order) => this.rows(order))) {
      if (row.shown.kind === 'unrouted' || !isPending(row.line)) continue;
      const way = madeAlike(row);
      const rows = byWay.get(way);
      if (rows) rows.push(row);
      else byWay.set(way, [row]);
    }
    const cards = [...byWay].map(([key, rows]) =>
      same<DishCard>(this.dishCards.get(key), { kind: 'dish', key, rows: rows.sort(byDue) }),
    );
    this.dishCards = new Map(cards.map((card) => [card.key, card]));
    return [...orderCards.filter((card) => card.unrouted), ...sorted(cards)];
  }

  private orderCard(key: string, order: OrderView, rows: readonly Row[], unrouted: boolean): OrderCard[] {
    if (!rows.some((row) => isPending(row.line))) return [];
    return [same<OrderCard>(this.orderCards.get(key), { kind: 'order', key, order, rows, unrouted })];
  }

  /** The rows of an order that this screen shows. */
  private rows(order: OrderView): readonly Row[] {
    const known = this.made.get(order);
    if (known) return known;
    const rows = order.lines.flatMap((line): Row[] => {
      if (!this.isDrawn(order, line)) return [];
      const shown = this.route(line);
      return shown ? [{ key: line.line, line, order, shown }] : [];
    });
    this.made.set(order, rows);
    return rows;
  }

  private isDrawn(order: OrderView, line: LineView): boolean {
    if (mustBeSeen(line)) return true;
    if (order.state === 'completed') return false;
    if (line.state === 'cancelled') return this.cancelledNews.has(line.line);
    return isOutstanding(line) || line.state === 'picked_up';
  }
}

/** The card of before, when it says the same. */
function same<C extends Card>(before: C | undefined, card: C): C {
  if (before?.rows.length !== card.rows.length) return card;
  return card.rows.every((row, index) => isSame(before.rows[index], row)) ? before : card;
}

function isSame(a: Row, b: Row): boolean {
  const isRouted = a.shown.kind === b.shown.kind && stationOf(a.shown) === stationOf(b.shown);
  return a === b || (a.line === b.line && a.order === b.order && isRouted);
}

function stationOf(shown: Shown): StationId | null {
  return shown.kind === 'backup' ? shown.station : null;
}

/** Whether a row keeps its card on the screen. */
function isPending(line: LineView): boolean {
  return isOutstanding(line) || mustBeSeen(line) || line.state === 'cancelled';
}

/** Lines with one key are cooked in one wok. What one guest wishes is merged with nobody else's. */
function madeAlike({ line, order }: Row): string {
  if (mustBeSeen(line) || line.remake_of) return `line.${line.line}`;
  const options = (line.options ?? []).map((option) => option.zh).join('+');
  const alike = `dish.${line.dish}.${options}`;
  const cautions = (line.cautions ?? []).map((caution) => caution.name.zh).join('+');
  return line.note || cautions ? `${alike}.${order.order}.${cautions}.${line.note ?? ''}` : alike;
}

/** What nobody shows and what a guest left behind first, then what is to be cooked, then what is made, then held. */
function rank(card: Card): number {
  const lines = card.rows.map((row) => row.line);
  if (card.kind === 'order' && card.unrouted) return 0;
  if (lines.some((line) => hasNotice(line, 'left_behind'))) return 1;
  if (lines.some((line) => isToCook(line) || mustBeSeen(line) || line.state === 'cancelled')) return 2;
  return lines.some((line) => nextStep(line) !== null) ? 3 : 4;
}

/** Oldest first within their rank. What was held counts from its firing. */
function sorted<T extends Card>(cards: readonly T[]): T[] {
  return cards
    .map((card) => ({ card, rank: rank(card), age: age(card) }))
    .sort((a, b) => a.rank - b.rank || a.age - b.age)
    .map(({ card }) => card);
}

function age(card: Card): number {
  const running = card.rows.filter((row) => row.line.state !== 'held');
  const rows = running.length > 0 ? running : card.rows;
  return Math.min(...rows.map((row) => Date.parse(row.line.due_from)));
}

function byDue(a: Row, b: Row): number {
  return Date.parse(a.line.due_from) - Date.parse(b.line.due_from) || a.order.number - b.order.number;
}

/** Runs of rows placed together: what was added later (加菜) stands apart under the same number. */
export function roundStarts(rows: readonly Row[], index: number): number | null {
  const round = rows[index].line.round;
  return round > 0 && (index === 0 || rows[index - 1].line.round !== round) ? round : null;
}
