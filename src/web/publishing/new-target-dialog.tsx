import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { PUBLISHED_PLATFORMS } from '../../domain/publishing/target.ts';
import { FormDialog } from '../shared/form-dialog.tsx';
import { TextField } from '../shared/text-field.tsx';
import { FIELD_WORDS, newTarget, PLATFORM_WORDS } from './platforms.ts';
import { addTarget, type Target } from './publishing-api.ts';
import { SecretField } from './secret-field.tsx';

interface Props {
  onAdded(name: string): void;
  onClose(): void;
}

/** Asks where emoji are to be published, and for the secret that is needed there. */
export function NewTargetDialog({ onAdded, onClose }: Props) {
  const id = useId();
  const [platform, setPlatform] = useState<Target['platform']>('discord');
  const [written, setWritten] = useState({ name: '', url: '', guild_id: '', email: '', secret: '' });
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const { fields } = PLATFORM_WORDS[platform];

  const write = (field: keyof typeof written, value: string) => setWritten((now) => ({ ...now, [field]: value }));

  const add = async () => {
    const target = newTarget(platform, written);
    await addTarget(target);
    onAdded(target.name);
    onClose();
  };

  return (
    <FormDialog title="New target" label="Add the target" run={add} onClose={onClose}>
      <TextField
        inputRef={first}
        label="Name"
        hint={
          <>
            By which people choose it here, such as <code>our-discord</code>.
          </>
        }
        required
        maxLength={64}
        autocapitalize="none"
        spellcheck={false}
        value={written.name}
        onInput={(text) => write('name', text)}
      />
      <fieldset class="choices">
        <legend>Platform</legend>
        <div class="segmented">
          {PUBLISHED_PLATFORMS.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name={`${id}-platform`}
                checked={platform === one}
                onChange={() => setPlatform(one)}
              />
              {PLATFORMS[one].title}
            </label>
          ))}
        </div>
      </fieldset>
      {fields.map((field) => (
        <TextField
          key={field}
          label={FIELD_WORDS[field].label}
          hint={FIELD_WORDS[field].hint}
          required
          inputMode={FIELD_WORDS[field].inputMode}
          autocapitalize="none"
          spellcheck={false}
          value={written[field]}
          onInput={(text) => write(field, text)}
        />
      ))}
      <SecretField platform={platform} value={written.secret} onInput={(text) => write('secret', text)} />
    </FormDialog>
  );
}
