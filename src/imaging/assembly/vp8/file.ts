/** Copies `count` bytes of the picture's data, from `at` on, to an address. */
export declare function read(at: i32, to: usize, count: i32): void;
