import { pathOf } from '../adding/intake.ts';
import { Store } from '../shared/store.ts';

/** What an archive, or a list of emoji, is called. The service goes by what is in it. */
const PACK = /\.(zip|tar|tar\.gz|tgz|ya?ml|jsonl?)$/i;
const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)$/i;

/** Files that were chosen or dropped, and are to be sent; null where there are none. */
export const chosen = new Store<File[] | null>(null);

/** Whether files are for an import, by their names: an archive, or a list with the pictures that it names. */
export function isPack(files: readonly Pick<File, 'name'>[]): boolean {
  return files.some(({ name }) => PACK.test(name));
}

/** What files are called together. */
export function nameOf(files: readonly File[]): string {
  const [first, ...others] = files;
  if (first === undefined || others.length === 0) return first?.name ?? '';
  const [folder] = pathOf(first).split('/', 1);
  const count = `${files.length.toLocaleString('en')} files`;
  return pathOf(first).includes('/') ? `${folder}, ${count}` : count;
}

/** What is wrong with files that were chosen together; null where nothing is. */
export function refusalOf(files: readonly File[]): string | null {
  const archives = files.filter(({ name }) => ARCHIVE.test(name)).length;
  if (archives < 2 && (archives === 0 || files.length === 1)) return null;
  const others = files.length - archives;
  return archives > 1
    ? `These are ${archives} archives. Import one after the other.`
    : `This is an archive and ${others} other ${others === 1 ? 'file' : 'files'}. Import the archive by itself.`;
}

/** How they are sent: an archive as it is, others in a form with their paths. */
export function bodyOf(files: readonly File[]): File | FormData {
  const [first, ...others] = files;
  if (first !== undefined && others.length === 0 && PACK.test(first.name)) return first;
  const form = new FormData();
  for (const file of files) form.append('file', file, pathOf(file));
  return form;
}
