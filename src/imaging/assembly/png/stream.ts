/** Copies the next compressed bytes, `count` at most, to an address. @returns how many: fewer only at the end of the stream */
export declare function readStream(to: usize, count: i32): i32;
