import type { EmojiInfo } from '../shared/emojis.ts';
import { bytes, clock, duration } from '../shared/format.ts';

type Fact = [label: string, value: string | null];

interface Props {
  info: EmojiInfo;
  /** Whether what can be changed is told as well. */
  isWhole: boolean;
}

/** What is known of an emoji, and nobody can change. */
export function EmojiFacts({ info, isWhole }: Props) {
  const { animated, frames, source, aliases, tags, category, description } = info;
  const changeable: Fact[] = [
    ['Aliases', aliases.join(', ')],
    ['Tags', tags.join(', ')],
    ['Category', category],
    ['Description', description],
  ];
  const facts: Fact[] = [
    ...(isWhole ? changeable : []),
    ['Picture', `GIF, ${bytes(info.bytes)}${animated ? `, ${frames} frames` : ', still'}`],
    ['Made from', source && sourceWords(source)],
    ['Version', String(info.version)],
    ['Added', `${clock(info.created_at)}${info.owner === null ? '' : ` by ${info.owner}`}`],
    ['Changed', info.updated_at === info.created_at ? null : clock(info.updated_at)],
    ['Was called', info.former_names.join(', ')],
  ];
  return (
    <dl class="facts small">
      {facts.map(
        ([fact, value]) =>
          value && (
            <div key={fact}>
              <dt class="soft">{fact}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function sourceWords({
  format,
  width,
  height,
  bytes: size,
  frames,
  duration_ms,
}: NonNullable<EmojiInfo['source']>): string {
  const motion = frames > 1 ? `, ${frames} frames in ${duration(duration_ms)}` : '';
  return `${format.toUpperCase()}, ${width}×${height} pixels, ${bytes(size)}${motion}`;
}
