/** Undoes what was done to a row before it was compressed; in place. Samples come out with the lowest byte first. */
export type UndoPrediction = (row: Uint8Array) => void;

/**
 * TIFF 6.0, section 14, and Adobe Photoshop TIFF Technical Note 3.
 *
 * @param predictor 2: samples are differences from the pixel before. 3: so are bytes, after those of a row's samples were
 * sorted, all highest ones first
 * @param samples of a pixel in a row
 * @param bits of a sample; whole bytes where there is a predictor
 * @param littleEndian whether the file has the lowest byte first
 */
export function undoerOf(predictor: number, samples: number, bits: number, littleEndian: boolean): UndoPrediction {
  const bytes = bits / 8;
  if (predictor === 3) return floatingPointUndoer(samples, bytes);
  const undo = predictor === 2 ? differenceUndoer(samples, bytes) : () => {};
  const isReversed = !littleEndian && bytes > 1 && Number.isInteger(bytes);
  if (!isReversed) return undo;
  return (row) => {
    reverseEach(row, bytes);
    undo(row);
  };
}

function reverseEach(row: Uint8Array, bytes: number): void {
  for (let start = 0; start < row.length; start += bytes) {
    for (let low = start, high = start + bytes - 1; low < high; low++, high--) {
      const byte = row[low];
      row[low] = row[high];
      row[high] = byte;
    }
  }
}

function differenceUndoer(samples: number, bytes: number): UndoPrediction {
  if (bytes === 1) return (row) => addBefore(row, samples);
  if (bytes === 2) return (row) => addBefore(new Uint16Array(row.buffer), samples);
  if (bytes === 4) return (row) => addBefore(new Uint32Array(row.buffer), samples);
  return (row) => addBytesBefore(row, samples * bytes, bytes);
}

function addBefore(row: Uint8Array | Uint16Array | Uint32Array, samples: number): void {
  for (let i = samples; i < row.length; i++) row[i] += row[i - samples];
}

/** Adds byte by byte, from the lowest up: samples of lengths that there are no arrays for. */
function addBytesBefore(row: Uint8Array, step: number, bytes: number): void {
  for (let word = step; word < row.length; word += bytes) {
    for (let at = word, carry = 0; at < word + bytes; at++) {
      const sum = row[at] + row[at - step] + carry;
      row[at] = sum;
      carry = sum >> 8;
    }
  }
}

function floatingPointUndoer(samples: number, bytes: number): UndoPrediction {
  let sorted = new Uint8Array(0);
  return (row) => {
    addBefore(row, samples);
    if (sorted.length !== row.length) sorted = new Uint8Array(row.length);
    sorted.set(row);
    for (let byte = 0, from = 0; byte < bytes; byte++) {
      for (let at = bytes - 1 - byte; at < row.length; at += bytes) row[at] = sorted[from++];
    }
  };
}
