/** Copies `count` bytes of the image's data, from `at` on, to an address. */
export declare function read(at: i32, to: usize, count: i32): void;

/** Ends decoding with an error: what is wrong, and two numbers that tell how. Does not return. */
export declare function refuse(fault: i32, found: i32, expected: i32): void;

// What can be wrong: `FAULTS` in wasm/vp8l.ts.
export const TRANSFORM_TWICE = 0;
export const CACHE_BITS = 1;
export const ENDS_IN_CODES = 2;
export const ENDS_IN_SUBIMAGE = 3;
export const NO_SUCH_SYMBOL = 4;
export const TOO_MANY_LENGTHS = 5;
export const LENGTHS_BEYOND_ALPHABET = 6;
export const INCOMPLETE_CODE = 7;
export const TOO_MANY_ENTRIES = 8;
