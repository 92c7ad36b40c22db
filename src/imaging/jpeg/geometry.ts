import type { FileHeader } from './header.ts';

/** Samples that a side of a block comes out as: 8 is full size, 1 an eighth. */
export type BlockSize = 1 | 2 | 4 | 8;

/** Where a component's blocks and samples are, at the chosen scale. */
export interface Plane {
  /** Sampling factors: blocks of an MCU. */
  horizontal: number;
  vertical: number;
  /** Samples that a side of a block comes out as. A block keeps as many coefficients, squared. */
  blockSize: BlockSize;
  /** Blocks that the component's samples fill. */
  blocksWide: number;
  blocksHigh: number;
  /** Blocks from one row of blocks to the next: whole MCUs. */
  blockStride: number;
  /** Samples of the component, at its scale. */
  width: number;
  height: number;
  /** Samples a pixel of the picture: 1, or less where the component is subsampled. */
  across: number;
  down: number;
}

/** A frame at the chosen scale. */
export interface Geometry {
  /** Pixels. */
  width: number;
  height: number;
  mcusWide: number;
  mcusHigh: number;
  planes: Plane[];
}

const BLOCK_SIZES: BlockSize[] = [1, 2, 4, 8];

/**
 * Chooses each component's scale: the smallest that leaves it at `enough` samples on both sides, so that a subsampled
 * component comes out with more samples a block, up to as many as there are pixels.
 *
 * @param enough pixels
 */
export function layOut({ width, height, components }: FileHeader, enough: { width: number; height: number }): Geometry {
  const maxHorizontal = Math.max(...components.map((component) => component.horizontal));
  const maxVertical = Math.max(...components.map((component) => component.vertical));
  const mcusWide = Math.ceil(width / (8 * maxHorizontal));
  const mcusHigh = Math.ceil(height / (8 * maxVertical));
  const scaled = (length: number, blockSize: number) => Math.ceil((length * blockSize) / 8);
  const suffices = (blockSize: number, across: number, down: number) =>
    scaled(across, blockSize) >= enough.width && scaled(down, blockSize) >= enough.height;

  const scale = BLOCK_SIZES.find((size) => suffices(size, width, height)) ?? 8;
  const planes = components.map(({ horizontal, vertical }): Plane => {
    const fullWidth = (width * horizontal) / maxHorizontal;
    const fullHeight = (height * vertical) / maxVertical;
    const sizes = BLOCK_SIZES.filter(
      (size) => size >= scale && size * horizontal <= scale * maxHorizontal && size * vertical <= scale * maxVertical,
    );
    const blockSize = sizes.find((size) => suffices(size, fullWidth, fullHeight)) ?? sizes.at(-1) ?? scale;
    return {
      horizontal,
      vertical,
      blockSize,
      blocksWide: Math.ceil(fullWidth / 8),
      blocksHigh: Math.ceil(fullHeight / 8),
      blockStride: mcusWide * horizontal,
      width: scaled(fullWidth, blockSize),
      height: scaled(fullHeight, blockSize),
      across: (horizontal * blockSize) / (maxHorizontal * scale),
      down: (vertical * blockSize) / (maxVertical * scale),
    };
  });
  return { width: scaled(width, scale), height: scaled(height, scale), mcusWide, mcusHigh, planes };
}

/** Bytes that the coefficients of a progressive frame take at its scale: 16 bits each, and 64 bits a block that has AC. */
export function coefficientBytes({ planes, mcusHigh }: Geometry): number {
  return planes.reduce((sum, { blockStride, vertical, blockSize }) => {
    return sum + blockStride * vertical * mcusHigh * (2 * blockSize ** 2 + (blockSize > 1 ? 8 : 0));
  }, 0);
}
