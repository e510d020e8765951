/** Where tickets stand: oldest first, left to right, then below. Pure. */

export interface Place {
  readonly page: number;
  readonly column: number;
  readonly top: number;
}

/**
 * Each ticket goes under the shortest column, the leftmost of equals; when it fits in none, a new page begins. A
 * ticket taller than the page has a column to itself.
 */
export function placeTickets(heights: readonly number[], columns: number, pageHeight: number, gap: number): Place[] {
  let page = 0;
  let bottoms = emptyColumns(columns);
  return heights.map((height) => {
    let column = shortest(bottoms);
    if (bottoms[column] > 0 && bottoms[column] + height > pageHeight) {
      page += 1;
      bottoms = emptyColumns(columns);
      column = 0;
    }
    const top = bottoms[column];
    bottoms[column] = top + height + gap;
    return { page, column, top };
  });
}

function emptyColumns(columns: number): number[] {
  return new Array<number>(columns).fill(0);
}

function shortest(bottoms: readonly number[]): number {
  return bottoms.indexOf(Math.min(...bottoms));
}
