import { allocate } from '../memory';
import { keptPlaces, lastKept } from './zigzag';

/** A component's blocks and samples, at the chosen scale: see `Plane` in jpeg/geometry.ts. */
@unmanaged
export class Plane {
  horizontal: i32;
  vertical: i32;
  blockSize: i32;
  blocksWide: i32;
  blocksHigh: i32;
  blockStride: i32;
  width: i32;
  height: i32;
  across: f64;
  down: f64;

  /** Bytes of a block's coefficients. */
  blockBytes: i32;
  /** Quantised, 16 bits each, block by block: of one row of MCUs, or of all in progressive frames. */
  coefficients: usize;
  /**
   * In progressive frames, 64 bits a block, with the bit of each AC coefficient's zigzag index set where it is not 0:
   * dropped ones too, since refinement scans send a bit for each. None where nothing but DC is kept.
   */
  nonZero: usize;
  /** Places of the kept coefficients, and the zigzag index of the last. */
  places: usize;
  lastKept: i32;

  /** Steps of the kept coefficients, in their places: 32 bits each. */
  quantisation: usize;
  /** The cosines of the inverse DCT of more than 8 bits a sample; 0 where there are 8. */
  basis: usize;
  /** Of a sample, as stored. */
  bits: i32;

  /** A window on the samples, 8 bits each: rows that are kept from before, and a row of MCUs. */
  samples: usize;
  stride: i32;
  rowsPerMcu: i32;
  /** The row of the component that the window starts at; below 0 before there are that many. */
  top: i32;
  /** For each pixel of a row, 32 bits: its sample, and the share of the one after it. None where the plane is full width. */
  columns: usize;
  shares: usize;
  /** A row between two rows of samples, 32 bits each; one more than there are, for the last one's neighbour. */
  blended: usize;
  stretched: usize;
  /** Pixels of a row. */
  pixels: i32;

  /** A row of samples, as many as there are pixels. */
  row: usize;
}

/** Of a lossless frame, a plane is just a row. */
export function newPlane(): Plane {
  return changetype<Plane>(allocate(offsetof<Plane>()));
}

/** @param rows of MCUs whose coefficients are held */
export function allocateCoefficients(plane: Plane, rows: i32, progressive: bool): void {
  const blocks = plane.blockStride * plane.vertical * rows;
  plane.blockBytes = (plane.blockSize * plane.blockSize) << 1;
  plane.coefficients = allocate(blocks * plane.blockBytes);
  if (progressive && plane.blockSize > 1) plane.nonZero = allocate(blocks << 3);
  plane.places = keptPlaces(plane.blockSize);
  plane.lastKept = lastKept(plane.blockSize);
}

/** @param table 64 steps in zigzag order, 16 bits each */
export function placeQuantisation(plane: Plane, table: usize): void {
  plane.quantisation = allocate((plane.blockSize * plane.blockSize) << 2);
  store<i32>(plane.quantisation, load<u16>(table));
  for (let k = 1; k <= plane.lastKept; k++) {
    const place = <usize>load<u8>(plane.places + k);
    if (place > 0) store<i32>(plane.quantisation + (place << 2), load<u16>(table + (k << 1)));
  }
}
