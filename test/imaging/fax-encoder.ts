import { RUN_BITS, RUN_TABLES } from '../../src/imaging/tiff/fax-codes.ts';

export interface FaxOptions {
  /** An end-of-line code before each row; with `fill`, it ends at a byte's end. */
  endOfLine?: boolean;
  fill?: boolean;
  /** Every second row is coded by the one above, where they are equal: T.4, 4.2. */
  mixed?: boolean;
  /** Rows start with a new byte. */
  aligned?: boolean;
}

/**
 * Writes fax rows that sharp does not: ITU-T T.4. It takes the decoder's codes the other way round; that they are right is
 * for libtiff to say, which decodes them as well.
 *
 * @param pixels a byte each: 0 is black, anything else white
 */
export function faxRows(pixels: Uint8Array, width: number, options: FaxOptions): Uint8Array {
  const { endOfLine, fill, mixed, aligned } = options;
  let bits = '';
  let above: number[] = [];
  for (let start = 0; start < pixels.length; start += width) {
    const runs = runsOf(pixels.subarray(start, start + width));
    const isLikeAbove = mixed && start > 0 && String(runs) === String(above);
    if (aligned) bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
    if (endOfLine) {
      const length = bits.length + 12;
      bits = fill ? bits.padEnd(Math.ceil(length / 8) * 8 - 1, '0') : bits + '0'.repeat(11);
      bits += '1';
      if (mixed) bits += isLikeAbove ? '0' : '1';
    }
    // V0 for each change of the row above, and for its end.
    bits += isLikeAbove ? '1'.repeat(runs.length) : runs.map((run, i) => code(run, i % 2)).join('');
    above = runs;
  }
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

/** White, black, white … from white on. */
function runsOf(row: Uint8Array): number[] {
  const runs = [0];
  let isBlack = false;
  for (const pixel of row) {
    if ((pixel === 0) !== isBlack) {
      runs.push(0);
      isBlack = !isBlack;
    }
    runs[runs.length - 1]++;
  }
  return runs;
}

function code(run: number, colour: number): string {
  if (run > 2623) return codeOf(2560, colour) + code(run - 2560, colour);
  const makeUp = run - (run % 64);
  return (makeUp > 0 ? codeOf(makeUp, colour) : '') + codeOf(run % 64, colour);
}

function codeOf(length: number, colour: number): string {
  const table = RUN_TABLES[colour];
  const at = table.findIndex((entry) => entry > 0 && entry >> 4 === length);
  return at
    .toString(2)
    .padStart(RUN_BITS, '0')
    .slice(0, table[at] & 15);
}
