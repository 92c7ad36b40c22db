/** Undoes what was done to a row before it was compressed; in place. */
export type UndoPrediction = (row: Uint8Array) => void;

/**
 * TIFF 6.0, section 14, and Adobe Photoshop TIFF Technical Note 3.
 *
 * @param predictor 2: samples are differences from the pixel before. 3: so are bytes, after those of a row's samples were
 * sorted, all highest ones first; samples come out with the highest byte first
 * @param samples of a pixel in a row
 * @param bits of a sample, whole bytes
 */
export function undoerOf(predictor: number, samples: number, bits: number, littleEndian: boolean): UndoPrediction {
  const bytes = bits / 8;
  if (predictor === 1) return () => {};
  if (predictor === 3) return floatingPointUndoer(samples, bytes);
  if (bytes === 1) return (row) => undoBytes(row, samples);
  return (row) => undoWords(row, samples * bytes, bytes, littleEndian);
}

function undoBytes(row: Uint8Array, step: number): void {
  for (let i = step; i < row.length; i++) row[i] += row[i - step];
}

/** Adds byte by byte, from the lowest up. */
function undoWords(row: Uint8Array, step: number, bytes: number, littleEndian: boolean): void {
  for (let word = step; word < row.length; word += bytes) {
    for (let i = 0, carry = 0; i < bytes; i++) {
      const at = word + (littleEndian ? i : bytes - 1 - i);
      const sum = row[at] + row[at - step] + carry;
      row[at] = sum;
      carry = sum >> 8;
    }
  }
}

function floatingPointUndoer(samples: number, bytes: number): UndoPrediction {
  let sorted = new Uint8Array(0);
  return (row) => {
    undoBytes(row, samples);
    if (sorted.length !== row.length) sorted = new Uint8Array(row.length);
    sorted.set(row);
    const count = row.length / bytes;
    for (let i = 0, at = 0; i < count; i++) {
      for (let byte = 0; byte < bytes; byte++) row[at++] = sorted[byte * count + i];
    }
  };
}
