import type { BlockSize } from './geometry.ts';

/** T.81 figure A.6: the place, row × 8 + column, of each coefficient of the zigzag sequence. */
function zigzagPlaces(): number[] {
  const places: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let step = 0; step <= diagonal; step++) {
      const row = diagonal % 2 === 0 ? diagonal - step : step;
      const column = diagonal - row;
      if (row < 8 && column < 8) places.push(row * 8 + column);
    }
  }
  return places;
}

/** Which coefficients a block of n×n samples is made from: the n×n of lowest frequency. */
export interface KeptCoefficients {
  /**
   * The place, row × n + column, of each coefficient of the zigzag sequence; 0 for those that are dropped.
   * Goes on with zeros to where a run of an end of block leads from the last coefficient.
   */
  places: Uint8Array;
  /** The zigzag index of the last one kept. */
  last: number;
}

function keep(size: BlockSize): KeptCoefficients {
  const places = new Uint8Array(128);
  let last = 0;
  zigzagPlaces().forEach((place, k) => {
    const row = place >> 3;
    const column = place & 7;
    if (row >= size || column >= size) return;
    places[k] = row * size + column;
    last = k;
  });
  return { places, last };
}

export const KEPT: Record<BlockSize, KeptCoefficients> = { 1: keep(1), 2: keep(2), 4: keep(4), 8: keep(8) };

/** A quantisation table of the kept coefficients, in their places. */
export function placeQuantisation(table: Uint16Array, size: BlockSize): Int32Array {
  const { places, last } = KEPT[size];
  const placed = new Int32Array(size * size);
  placed[0] = table[0];
  for (let k = 1; k <= last; k++) if (places[k] > 0) placed[places[k]] = table[k];
  return placed;
}
