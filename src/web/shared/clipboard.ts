import { notify } from './notices.tsx';

/** Copies a text, and says so. @param what it is called, where that is not the text itself @returns whether it could */
export async function copy(text: string, what = text): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    notify(`Copied ${what}`);
    return true;
  } catch {
    notify(`Your browser does not let this page copy. Copy it yourself: ${what}`);
    return false;
  }
}
