import { parseEmojiName } from '../../domain/emoji-name.ts';
import type { Holder } from '../shared/emojis.ts';

/** What there is to say of a name as it is written. */
export interface Checked {
  /** Canonical; null where it breaks a rule. */
  name: string | null;
  tone: 'bad' | 'good' | '';
  text: string;
}

/**
 * Checks a name by the rules, and by what is known of who has it.
 *
 * @param own the names that the emoji has already
 */
export function checkName(written: string, own: string[], holders: Map<string, Holder>): Checked {
  const parsed = parseEmojiName(written);
  if (!parsed.ok) return { name: null, tone: 'bad', text: parsed.message };
  const { name } = parsed;
  const become = name === written ? '' : ` It becomes “${name}”.`;
  if (own.includes(name)) return { name, tone: '', text: become.trim() };
  const holder = holders.get(name);
  if (holder === undefined) return { name, tone: '', text: 'Looking whether it is free …' };
  if (holder.has === 'name') {
    const who = holder.emoji.name === name ? 'another emoji' : `:${holder.emoji.name}: as an alias`;
    return { name, tone: 'bad', text: `“${name}” is in use by ${who}. Choose another one.` };
  }
  if (holder.has === 'former') {
    return {
      name,
      tone: 'good',
      text: `It is free.${become} It led to :${holder.emoji.name}: until now, and then does not.`,
    };
  }
  return { name, tone: 'good', text: `It is free.${become}` };
}
