import { notify } from './notices.tsx';

/** Copies a text, and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify(`Copied ${text}`);
  } catch {
    notify(`Your browser does not let this page copy. Copy it yourself: ${text}`);
  }
}
