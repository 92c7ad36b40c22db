import './view-menu.css';
import type { Settings } from './use-settings.ts';

const CHOICES = {
  size: {
    label: 'Size',
    options: [
      ['large', 'Large'],
      ['chat', 'As in a chat'],
    ],
  },
  motion: {
    label: 'Animations play',
    options: [
      ['hover', 'When pointed at'],
      ['always', 'Always'],
      ['never', 'Never'],
    ],
  },
} as const satisfies { [Name in keyof Settings]: { label: string; options: readonly [Settings[Name], string][] } };

const KEYS = [
  ['/', 'Search'],
  ['← ↑ → ↓', 'Move'],
  ['Enter', 'Open'],
  ['C', 'Copy the name'],
  ['L', 'Copy the link'],
  ['D', 'Download'],
] as const;

interface Props {
  settings: Settings;
  onChange(change: Partial<Settings>): void;
}

/** How emoji are shown; and the keys, which nobody guesses. */
export function ViewMenu({ settings, onChange }: Props) {
  return (
    <>
      <button type="button" class="button view-button" popovertarget="view-menu">
        View
      </button>
      <div id="view-menu" popover="auto" class="view-menu card">
        {(['size', 'motion'] as const).map((setting) => (
          <fieldset key={setting}>
            <legend>{CHOICES[setting].label}</legend>
            <div class="segmented">
              {CHOICES[setting].options.map(([value, label]) => (
                <label key={value}>
                  <input
                    type="radio"
                    name={setting}
                    checked={settings[setting] === value}
                    onChange={() => onChange({ [setting]: value })}
                  />
                  {label}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
        <dl class="keys small">
          {KEYS.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
