/** Why a lossless image cannot be decoded; `wasm/webp.ts` has the words. */
export const REPEATED_TRANSFORM = 0;
export const WRONG_CACHE_SIZE = 1;
export const CODES_CUT_SHORT = 2;
export const SUBIMAGE_CUT_SHORT = 3;
export const SYMBOL_TOO_LARGE = 4;
export const TOO_MANY_LENGTHS = 5;
export const LENGTHS_TOO_FAR = 6;
export const INCOMPLETE_CODE = 7;
export const TOO_MANY_ENTRIES = 8;

/** Throws an error; what has been begun is abandoned, and the instance with it. @param found and `expected`: numbers */
export declare function fail(reason: i32, found: i32, expected: i32): void;
