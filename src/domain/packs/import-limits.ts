const MB = 1024 * 1024;

/** The largest archive that can be imported, and the most that a compressed one may be unpacked to where it comes in. */
export const MAX_ARCHIVE_BYTES = 500 * MB;

/** Files and folders of an archive; emoji of its lists. */
export const MAX_ENTRIES = 10_000;

/** What all files of an archive may be together, as it says. */
export const MAX_UNPACKED_BYTES = 2048 * MB;

/** Where an archive says what is in it: of 10,000 files, 1.6 kB for each. */
export const MAX_DIRECTORY_BYTES = 16 * MB;

/** How often a file may be as large as it is packed. What is small may be anything: a blank picture packs well. */
export const MAX_RATIO = 200;
export const RATIO_COUNTS_FROM = MB;

/** A list of emoji is read as a whole. Its parser takes some 50 times as much for YAML. */
export const MAX_LIST_BYTES = 8 * MB;
export const MAX_YAML_BYTES = MB;

/** Files that may be lists: each is read. */
export const MAX_LISTS = 200;

/** Of all of them together. */
export const MAX_ALL_LISTS_BYTES = 16 * MB;

/** A path in an archive. */
export const MAX_PATH_LENGTH = 1_000;
