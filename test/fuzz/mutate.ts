import { blocksOf } from './blocks.ts';

/** Numbers from 0 up to 1. */
export type Random = () => number;

/** The most that one mutation adds, repeats or removes, in bytes. */
const LONGEST_RANGE = 4_096;
/** The most that repeated blocks add, in bytes: floods are told by what they cost, which grows with them. */
const LARGEST_FLOOD = 2 ** 21;
/** Headers are in here. */
const HEAD = 512;

type Mutation = (bytes: Uint8Array, random: Random, donor: Uint8Array) => Uint8Array;

/**
 * A damaged copy of a picture: one to four mutations, one after the other.
 *
 * @param donor another picture of the same format, to take pieces from
 */
export function mutate(bytes: Uint8Array, random: Random, donor: Uint8Array): Uint8Array {
  let mutant: Uint8Array = bytes.slice();
  for (let left = 1 + below(random, 4); left > 0 && mutant.length > 0; left--) {
    mutant = MUTATIONS[below(random, MUTATIONS.length)](mutant, random, donor);
  }
  return mutant;
}

const MUTATIONS: Mutation[] = [
  function flipBits(bytes, random) {
    for (let left = 1 + below(random, 16); left > 0; left--) {
      bytes[below(random, bytes.length)] ^= 1 << below(random, 8);
    }
    return bytes;
  },
  function setBytes(bytes, random) {
    for (let left = 1 + below(random, 8); left > 0; left--) {
      bytes[below(random, bytes.length)] = below(random, 256);
    }
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, below(random, bytes.length));
  },
  function overwriteFromDonor(bytes, random, donor) {
    const piece = donor.subarray(...range(donor, random)).subarray(0, bytes.length);
    bytes.set(piece, below(random, bytes.length - piece.length + 1));
    return bytes;
  },
  function insertFromDonor(bytes, random, donor) {
    return insert(bytes, below(random, bytes.length), donor.subarray(...range(donor, random)));
  },
  /** Sizes, offsets and counts, in either byte order. */
  function lie(bytes, random) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = random() < 0.5 ? Math.min(HEAD, bytes.length) : bytes.length;
    const isLittleEndian = random() < 0.5;
    if (random() < 0.5) {
      if (end >= 2) view.setUint16(below(random, end - 1), [0, 1, 0x7fff, 0xffff][below(random, 4)], isLittleEndian);
    } else if (end >= 4) {
      view.setUint32(below(random, end - 3), [0, 1, 0x7fffffff, 0xffffffff][below(random, 4)], isLittleEndian);
    }
    return bytes;
  },
  function duplicateRange(bytes, random) {
    const [start, end] = range(bytes, random);
    return insert(bytes, end, bytes.slice(start, end));
  },
  /** Floods, which decoders must not pay for block by block. */
  function repeatBlock(bytes, random) {
    const blocks = blocksOf(bytes);
    if (blocks.length === 0) return bytes;
    const [start, end] = blocks[below(random, blocks.length)];
    const most = Math.floor(LARGEST_FLOOD / (end - start));
    // As often few as many.
    const count = Math.ceil(most ** random());
    const flood = Buffer.alloc(count * (end - start), bytes.subarray(start, end));
    const mutant = insert(bytes, end, flood);
    // RIFF says how long it is.
    if (Buffer.from(mutant.subarray(0, 4)).equals(Buffer.from('RIFF'))) {
      new DataView(mutant.buffer, mutant.byteOffset).setUint32(4, mutant.length - 8, true);
    }
    return mutant;
  },
  function deleteRange(bytes, random) {
    const [start, end] = range(bytes, random);
    return concat(bytes.subarray(0, start), bytes.subarray(end));
  },
];

/** A whole number from 0 up to `end`, which is not among them. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function range(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = below(random, bytes.length);
  return [start, Math.min(bytes.length, start + 1 + below(random, LONGEST_RANGE))];
}

function insert(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
