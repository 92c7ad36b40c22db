import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { NOTICE_EVENTS, TARGET_KINDS, type TargetKind } from '../../domain/notices.ts';
import { bodyOf, noticeApi } from '../shared/api.ts';
import { FormDialog } from '../shared/form-dialog.tsx';
import { SecretDialog } from '../shared/secret-dialog.tsx';
import { TextField } from '../shared/text-field.tsx';
import type { MadeSubscription, Subscription } from './types.ts';
import { EVENT_WORDS, KIND_WORDS } from './words.ts';

interface Props {
  onMade(): void;
  onClose(): void;
}

/** What a target of each kind looks like. */
const EXAMPLES: Record<TargetKind, string> = {
  webhook: 'https://www.example.com/hook',
  slack: 'https://hooks.slack.com/services/…',
  discord: 'https://discord.com/api/webhooks/…',
  mattermost: 'https://chat.example.com/hooks/…',
  email: 'ada@example.org',
};

/** Asks who is to be told of what, and shows the secret of a webhook. */
export function NewSubscriptionDialog({ onMade, onClose }: Props) {
  const id = useId();
  const [kind, setKind] = useState<TargetKind>('slack');
  const [target, setTarget] = useState('');
  const [tag, setTag] = useState('');
  const [events, setEvents] = useState<ReadonlySet<Subscription['events'][number]>>(new Set(['emoji.created']));
  const [made, setMade] = useState<MadeSubscription | null>(null);
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  if (made?.secret) {
    return (
      <SecretDialog
        title="The secret of the webhook"
        label="Secret"
        secret={made.secret}
        warning="Copy it now, and give it to the program that is told. It is shown this once."
        onClose={onClose}
      >
        With it, that program checks that a notice is from here, by any library of Standard Webhooks.
      </SecretDialog>
    );
  }

  const make = async () => {
    const wanted = NOTICE_EVENTS.filter((one) => events.has(one));
    const json = { kind, target: target.trim(), events: wanted, tag: tag.trim() || null };
    const answer = await bodyOf(noticeApi.subscriptions.$post({ json }));
    onMade();
    if (answer.secret === null) onClose();
    else setMade(answer);
  };

  return (
    <FormDialog title="New subscription" label="Subscribe" isReady={events.size > 0} run={make} onClose={onClose}>
      <div class="field">
        <label for={`${id}-kind`}>Who is told</label>
        <select
          ref={first}
          id={`${id}-kind`}
          class="input"
          value={kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value as TargetKind)}
        >
          {TARGET_KINDS.map((one) => (
            <option key={one} value={one}>
              {KIND_WORDS[one]}
            </option>
          ))}
        </select>
      </div>
      <TextField
        label={kind === 'email' ? 'Address' : 'URL'}
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={EXAMPLES[kind]}
        value={target}
        onInput={setTarget}
      />
      <fieldset class="choices">
        <legend>Of what</legend>
        {NOTICE_EVENTS.map((event) => (
          <label key={event}>
            <input
              type="checkbox"
              checked={events.has(event)}
              onChange={({ currentTarget: { checked } }) =>
                setEvents(new Set(NOTICE_EVENTS.filter((one) => (one === event ? checked : events.has(one)))))
              }
            />
            <span>{EVENT_WORDS[event]}</span>
          </label>
        ))}
      </fieldset>
      <TextField label="Only emoji with the tag" autocomplete="off" placeholder="any" value={tag} onInput={setTag} />
    </FormDialog>
  );
}
