import { useStill, wantsStill } from './still.ts';

interface Props {
  src: string;
  alt: string;
  class?: string;
  style?: preact.CSSProperties;
  onLoad?(event: { currentTarget: HTMLImageElement }): void;
  onError?(): void;
}

/** A picture that moves only for those who do not mind. */
export function CalmImage({ src, alt, ...rest }: Props) {
  const isCalm = wantsStill();
  const still = useStill(isCalm ? src : null);
  return <img {...rest} alt={alt} src={isCalm ? still : src} />;
}
