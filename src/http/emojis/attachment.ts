/**
 * A `Content-Disposition` that has a file saved (RFC 6266), with the encoding of RFC 8187 for what is not ASCII.
 *
 * @param name has nothing in it that would end the quoted string, as no name of an emoji has
 */
export function attachment(name: string, extension: string): string {
  const ascii = name.replace(/[^\x21-\x7e]/g, '_');
  return `attachment; filename="${ascii}.${extension}"; filename*=UTF-8''${encodeURIComponent(name)}.${extension}`;
}
