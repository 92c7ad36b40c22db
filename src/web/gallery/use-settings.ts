import { useState } from 'preact/hooks';
import { wantsStill } from '../shared/still.ts';

const SIZES = ['large', 'chat'] as const;
const MOTIONS = ['hover', 'always', 'never'] as const;

export interface Settings {
  /** As pictures to be looked at, or as they are in a chat. */
  size: (typeof SIZES)[number];
  /** When animations play. */
  motion: (typeof MOTIONS)[number];
}

const KEY = 'gallery';

/** How the person wants to see emoji, here and the next time. */
export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  const [settings, setSettings] = useState(read);
  const change = (changes: Partial<Settings>) => {
    const next = { ...settings, ...changes };
    setSettings(next);
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // Storage may be switched off: then it holds for this page.
    }
  };
  return [settings, change];
}

function read(): Settings {
  const { size, motion } = stored();
  return {
    size: SIZES.find((known) => known === size) ?? 'large',
    motion: MOTIONS.find((known) => known === motion) ?? (wantsStill() ? 'never' : 'hover'),
  };
}

function stored(): { size?: unknown; motion?: unknown } {
  try {
    return { ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return {};
  }
}
