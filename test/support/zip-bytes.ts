import { crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip that is put together byte by byte. What is left out is as it should be. */
export interface RawEntry {
  name: string | Uint8Array;
  content: Uint8Array;
  /** 0: stored, 8: deflated; others claim what is not so. */
  method?: number;
  /** Where its head claims to be, in place of where it is. */
  offset?: number;
  claims?: { bytes?: number; packedBytes?: number; crc?: number };
  mode?: number;
  flags?: number;
  extra?: Uint8Array;
  /** Only in the directory. */
  isNowhere?: boolean;
}

export interface RawEnd {
  entries?: number;
  directoryBytes?: number;
  directoryOffset?: number;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A zip by APPNOTE.TXT of PKWARE, 4.3. @param end what its end claims */
export function zipBytes(entries: RawEntry[], end: RawEnd = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const {
    name,
    content,
    method = 0,
    offset,
    claims = {},
    mode = 0o100644,
    flags = 0x800,
    extra = new Uint8Array(),
    isNowhere,
  } of entries) {
    const packed = method === 8 ? new Uint8Array(deflateRawSync(content)) : content;
    const path = typeof name === 'string' ? utf8(name) : name;
    const facts = [
      ...le(2, 20, flags, method, 0, 0x21),
      ...le(
        4,
        claims.crc ?? crc32(content),
        claims.packedBytes ?? packed.byteLength,
        claims.bytes ?? content.byteLength,
      ),
      ...le(2, path.byteLength, extra.byteLength),
    ];
    directory.push(
      new Uint8Array([
        ...le(4, 0x02014b50),
        ...le(2, 0x0314),
        ...facts,
        ...le(2, 0, 0, 0),
        ...le(4, mode * 65_536, offset ?? at),
      ]),
      path,
      extra,
    );
    if (isNowhere) continue;
    const head = [new Uint8Array([...le(4, 0x04034b50), ...facts]), path, extra, packed];
    parts.push(...head);
    at += sum(head);
  }
  const size = sum(directory);
  const { entries: count = entries.length, directoryBytes = size, directoryOffset = at } = end;
  const tail = new Uint8Array([
    ...le(4, 0x06054b50),
    ...le(2, 0, 0, count, count),
    ...le(4, directoryBytes, directoryOffset),
    ...le(2, 0),
  ]);
  return joined([...parts, ...directory, tail]);
}

function le(bytes: 2 | 4, ...values: number[]): number[] {
  return values.flatMap((value) => Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) % 256));
}

const sum = (parts: Uint8Array[]): number => parts.reduce((total, { byteLength }) => total + byteLength, 0);

export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(sum(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
