/**
 * Where cards stand: oldest first, left to right, then below. A card that fits nowhere on a page goes to the next
 * one and younger ones that fit go before it; a card longer than a page goes on in the next column. Pure.
 */

/** Heights in pixels of what a card is made of. */
export interface Block {
  readonly key: string;
  readonly head: number;
  readonly rows: readonly number[];
  /** Under the last row only. */
  readonly foot: number;
}

export interface Place {
  readonly page: number;
  readonly column: number;
  readonly top: number;
}

/** Rows `from` to before `to` of a card, in one place. */
export interface Part extends Place {
  readonly block: number;
  readonly from: number;
  readonly to: number;
  readonly height: number;
}

export interface Sheet {
  readonly columns: number;
  readonly height: number;
  readonly gap: number;
}

/** What is free: the bottom of each column of each page. */
export class Floor {
  private readonly pages: number[][] = [];

  constructor(private readonly sheet: Sheet) {}

  /** Keeps what stands there already. */
  take(place: Place, height: number): void {
    const bottoms = this.page(place.page);
    bottoms[place.column] = Math.max(bottoms[place.column], place.top + height + this.sheet.gap);
  }

  /** The first page with room under one of its columns: there the shortest, the leftmost of equals. */
  put(height: number): Place {
    for (let page = 0; ; page += 1) {
      const bottoms = this.page(page);
      const top = Math.min(...bottoms);
      if (top > 0 && top + height > this.sheet.height) continue;
      const place = { page, column: bottoms.indexOf(top), top };
      this.take(place, height);
      return place;
    }
  }

  private page(index: number): number[] {
    while (this.pages.length <= index) this.pages.push(new Array<number>(this.sheet.columns).fill(0));
    return this.pages[index];
  }
}

/** Places the cards, in this order, on what is free. */
export function placeBlocks(blocks: readonly Block[], floor: Floor, pageHeight: number): Part[] {
  return blocks.flatMap((block, index) =>
    cut(block, pageHeight).map(({ from, to, height }) => ({ block: index, from, to, height, ...floor.put(height) })),
  );
}

/** Cuts a card between rows where it is longer than the page. A single row is never cut. */
function cut(block: Block, pageHeight: number): { from: number; to: number; height: number }[] {
  const parts: { from: number; to: number; height: number }[] = [];
  let from = 0;
  let height = block.head;
  block.rows.forEach((row, index) => {
    const isLast = index === block.rows.length - 1;
    const more = row + (isLast ? block.foot : 0);
    if (index > from && height + more > pageHeight) {
      parts.push({ from, to: index, height });
      from = index;
      height = block.head;
    }
    height += more;
  });
  return [...parts, { from, to: block.rows.length, height }];
}
