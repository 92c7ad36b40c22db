import { useLayoutEffect, useRef } from 'preact/hooks';
import { Store } from '../shared/store.ts';

/** Who gets the files that are dropped on the page, or pasted into it: the one that came last. */
interface Taker {
  /** Said while files are dragged over the page. */
  invitation: string;
  take(files: File[]): void;
}

const takers: Taker[] = [];

/** What is said while files are dragged over the page; null while none are. */
export const invitation = new Store<string | null>(null);

/** Takes what is dropped on the page, or pasted into it, as long as the component is there and no later one does. */
export function useIntake(invitation: string, take: (files: File[]) => void): void {
  const latest = useRef(take);
  latest.current = take;
  // At once: whoever sees the page may drop something on it.
  useLayoutEffect(() => {
    const taker: Taker = { invitation, take: (files) => latest.current(files) };
    if (takers.push(taker) === 1) listen();
    return () => {
      takers.splice(takers.indexOf(taker), 1);
      if (takers.length === 0) unlisten();
    };
  }, [invitation]);
}

/** A browser tells every half second or so that something is dragged over a page, also when it is held still. */
const DRAGGED_FOR_MS = 700;

let timer: ReturnType<typeof setTimeout> | undefined;
/** Whether what is dragged is a part of this page. */
let isOurs = false;

const LISTENERS: {
  [Type in 'dragstart' | 'dragend' | 'dragover' | 'drop' | 'paste']: (event: WindowEventMap[Type]) => void;
} = {
  dragstart: () => {
    isOurs = true;
  },
  dragend: () => {
    isOurs = false;
  },
  dragover: (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    invitation.value = takers.at(-1)?.invitation ?? null;
    clearTimeout(timer);
    timer = setTimeout(endDrag, DRAGGED_FOR_MS);
  },
  drop: (event) => {
    if (!hasFiles(event) || !event.dataTransfer) return;
    // Or the browser would leave the page for the picture.
    event.preventDefault();
    endDrag();
    void filesOf(event.dataTransfer).then(give);
  },
  paste: (event) => {
    const { clipboardData, target } = event;
    const files = [...(clipboardData?.files ?? [])];
    const isText = target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null;
    if (files.length === 0 || (isText && clipboardData?.types.includes('text/plain'))) return;
    event.preventDefault();
    give(files);
  },
};

function listen(): void {
  for (const [type, listener] of Object.entries(LISTENERS)) addEventListener(type, listener as EventListener);
}

function unlisten(): void {
  for (const [type, listener] of Object.entries(LISTENERS)) removeEventListener(type, listener as EventListener);
}

function endDrag(): void {
  clearTimeout(timer);
  invitation.value = null;
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return !isOurs && dataTransfer?.types.includes('Files') === true;
}

function give(files: File[]): void {
  if (files.length > 0) takers.at(-1)?.take(files);
}

/** All files that were dropped, also those in folders, and in folders of those. */
async function filesOf({ items }: DataTransfer): Promise<File[]> {
  // They can be asked for during the event only.
  const dropped = [...items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const files = await Promise.all(dropped.map((one) => (one instanceof File || !one ? [one] : filesIn(one))));
  return files.flat().filter((file) => file !== null);
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) {
    const file = await new Promise<File | null>((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) droppedPaths.set(file, entry.fullPath.replace(/^\//, ''));
    return file ? [file] : [];
  }
  const entries: FileSystemEntry[] = [];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // It hands them over in parts, and nothing when there are no more.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (part.length === 0) break;
    entries.push(...part);
  }
  const files = await Promise.all(inOrder(entries).map(filesIn));
  return files.flat();
}

const droppedPaths = new WeakMap<File, string>();

/** Where a file is in the folder that was dropped or chosen, from the name of that on; its name, where it was by itself. */
export function pathOf(file: File): string {
  return droppedPaths.get(file) ?? (file.webkitRelativePath || file.name);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

const ORDER = new Intl.Collator(undefined, { numeric: true });

/** As a person sorts them, without those that systems put into folders. */
export function inOrder<T extends { name: string }>(files: T[]): T[] {
  return files
    .filter(({ name }) => !/^(\..*|thumbs\.db|desktop\.ini)$/i.test(name))
    .sort((a, b) => ORDER.compare(a.name, b.name));
}
