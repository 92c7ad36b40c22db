/** Bytes of the places of one block size: as far as a run of an end of block leads from the last coefficient. */
const PLACES_BYTES = 128;
/** For block sizes of 1, 2, 4, 8. */
const tables: usize = memory.data(4 * PLACES_BYTES, 16);

/** Zigzag indices of a block. */
const COEFFICIENTS = 64;

/**
 * The coefficients that a block of n×n samples is made from, the n×n of lowest frequency: the place, row × n + column,
 * of each one of the zigzag sequence (T.81 figure A.6), a byte each; 0 for those that are dropped, and for some more.
 */
export function keptPlaces(size: i32): usize {
  return tables + <usize>(ctz(size) * PLACES_BYTES);
}

/** @returns the zigzag index of the last coefficient that is kept */
export function lastKept(size: i32): i32 {
  const places = keptPlaces(size);
  let last = COEFFICIENTS - 1;
  while (last > 0 && load<u8>(places + last) === 0) last--;
  return last;
}

/** Fills in the places. */
export function layOutZigzag(): void {
  let k = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let step = 0; step <= diagonal; step++) {
      const row = diagonal % 2 === 0 ? diagonal - step : step;
      const column = diagonal - row;
      if (row > 7 || column > 7) continue;
      for (let size = 1; size <= 8; size <<= 1) {
        if (row < size && column < size) store<u8>(keptPlaces(size) + k, row * size + column);
      }
      k++;
    }
  }
}
