import './look-preview.css';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useStill, wantsStill } from '../shared/still.ts';
import type { Look } from './look.ts';
import { usePixelArt } from './pixel-art.ts';

interface Props {
  /** The picture. */
  src: string;
  /** How the browser is to show it as it will be made; null for an emoji that is made. */
  look: Look | null;
  onError?(): void;
}

/** Pixels a side of the largest picture. */
const LARGEST = 100;

const GROUNDS = ['light', 'dark'] as const;

/** How an emoji looks in a chat, next to text, in all sizes: on light and on dark. */
export function LookPreview({ src, look, onError }: Props) {
  const matte = useId();
  const [isMoving, setMoving] = useState(!wantsStill());
  const still = useStill(wantsStill() ? src : null);
  const { isPixelArt, onLoad } = usePixelArt(look);
  const picture = (size: number) => (
    <img
      src={isMoving ? src : still}
      alt=""
      width={size}
      height={size}
      style={look ? styleOf(look, matte, isPixelArt(size)) : {}}
      {...(size === LARGEST && { onLoad })}
      {...(onError && { onError })}
    />
  );
  return (
    <div class="look-preview">
      {look?.matte && <MatteFilter id={matte} colour={look.matte} />}
      {GROUNDS.map((ground) => (
        <div key={ground} class={`ground ${ground}`} role="img" aria-label={`In a ${ground} chat`}>
          {picture(LARGEST)}
          <div class="lines">
            <Line>Lunch? {picture(16)} Yes</Line>
            <Line>Shipped {picture(20)}</Line>
            <Line>
              {picture(32)} {picture(32)}
            </Line>
          </div>
        </div>
      ))}
      {wantsStill() && (
        <button type="button" class="button plain compact" onClick={() => setMoving(!isMoving)}>
          {isMoving ? 'Stop' : 'Play'}
        </button>
      )}
    </div>
  );
}

function Line({ children }: { children: ComponentChildren }) {
  return <p class="line">{children}</p>;
}

/** As CSS has it. */
const OBJECT_FIT = { contain: 'contain', cover: 'cover', stretch: 'fill' } as const;

/** @param matteId of the filter that blends soft edges @param isPixelArt whether pixels are to be squares */
export function styleOf({ fit, background, matte }: Look, matteId: string, isPixelArt: boolean) {
  return {
    objectFit: OBJECT_FIT[fit],
    ...(isPixelArt && { imageRendering: 'pixelated' as const }),
    ...(background && { background }),
    ...(matte && { filter: `url(#${matteId})` }),
  };
}

/** Puts a colour under all that can be seen of a picture, which is opaque then: a GIF knows nothing between. */
export function MatteFilter({ id, colour }: { id: string; colour: string }) {
  return (
    <svg class="matte-filter" aria-hidden="true">
      <filter id={id} color-interpolation-filters="sRGB">
        <feFlood flood-color={colour} result="matte" />
        <feMerge result="blended">
          <feMergeNode in="matte" />
          <feMergeNode in="SourceGraphic" />
        </feMerge>
        <feComponentTransfer in="SourceAlpha" result="seen">
          <feFuncA type="discrete" tableValues="0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1" />
        </feComponentTransfer>
        <feComposite in="blended" in2="seen" operator="in" />
      </filter>
    </svg>
  );
}
