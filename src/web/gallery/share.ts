/** What leads to something of this service from anywhere. */
export function linkTo(path: string): string {
  return new URL(path, location.origin).href;
}

/** Has the browser save what is at an address. */
export function download(href: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = fileName;
  link.click();
}
