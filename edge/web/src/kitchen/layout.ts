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
  /** Under the last row of a part that goes on in the next column. */
  readonly goesOn: number;
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

  /**
   * The first page with room under one of its columns: there the shortest, the leftmost of equals. `after`: what
   * goes on is read on from there, so it stands further right or on a later page.
   */
  put(height: number, after: Place | null): Place {
    for (let page = after?.page ?? 0; ; page += 1) {
      const bottoms = this.page(page);
      const first = after?.page === page ? after.column + 1 : 0;
      const top = Math.min(...bottoms.slice(first));
      const fits = top === 0 || top + height <= this.sheet.height;
      if (first >= bottoms.length || !fits) continue;
      const place = { page, column: bottoms.indexOf(top, first), top };
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
  return blocks.flatMap((block, index) => {
    let after: Place | null = null;
    return cut(block, pageHeight).map(({ from, to, height }): Part => {
      after = floor.put(height, after);
      return { block: index, from, to, height, ...after };
    });
  });
}

/** Cuts a card between rows where it is longer than the page. A single row is never cut. */
function cut(block: Block, pageHeight: number): { from: number; to: number; height: number }[] {
  const parts: { from: number; to: number; height: number }[] = [];
  let from = 0;
  let height = block.head;
  block.rows.forEach((row, index) => {
    const isLast = index === block.rows.length - 1;
    const under = isLast ? block.foot : block.goesOn;
    if (index > from && height + row + under > pageHeight) {
      parts.push({ from, to: index, height: height + block.goesOn });
      from = index;
      height = block.head;
    }
    height += row;
  });
  return [...parts, { from, to: block.rows.length, height: height + block.foot }];
}
