import './comparison.css';
import { pictureUrl } from '../shared/emojis.ts';
import type { Look } from './look.ts';
import { LookPreview } from './look-preview.tsx';

interface Props {
  /** Of the picture that the emoji has now. */
  hash: string;
  /** The new one; null while there is none that can be shown. */
  src: string | null;
  /** How it will be made; null once it is. */
  look: Look | null;
  onError?(): void;
}

/** The picture that an emoji has and the one that it is to get, side by side in all sizes. */
export function Comparison({ hash, src, look, onError }: Props) {
  return (
    <div class="comparison">
      <figure>
        <figcaption>{look ? 'Now' : 'Before'}</figcaption>
        <LookPreview src={pictureUrl(hash)} look={null} />
      </figure>
      {src && (
        <figure>
          <figcaption>{look ? 'New' : 'Now'}</figcaption>
          <LookPreview src={src} look={look} {...(onError && { onError })} />
        </figure>
      )}
    </div>
  );
}
