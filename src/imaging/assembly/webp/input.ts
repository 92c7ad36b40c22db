/**
 * Copies the next bytes of a stream to an address.
 *
 * @param stream of a lossy picture the partition, the modes first; a lossless one has stream 0 alone
 * @param most bytes
 * @returns how many there were: fewer at the end of the stream, and 0 beyond it
 */
export declare function read(stream: i32, to: usize, most: i32): i32;
