import type { PictureType } from '../domain/emoji.ts';
import type { Failure } from '../domain/failure.ts';
import type { Publication } from '../domain/publishing/publication.ts';
import type { Target } from '../domain/publishing/target.ts';

/** Whose token it is. */
export interface PlatformAccount {
  id: string;
  name: string;
}

/** An emoji as a platform has it. */
export interface PlatformEmoji {
  /** Changes with the picture; what platforms without ids have in place of one. */
  id: string;
  /** The account that made it; null where the platform does not tell. */
  creatorId: string | null;
}

/** What is published. */
export interface PublishedPicture {
  file: Uint8Array<ArrayBuffer>;
  type: PictureType;
  /** Where anybody can fetch it, for as long as it is kept. */
  url: string;
}

/**
 * The official API of a platform, as whoever has the token of a target.
 *
 * Every call throws `PlatformBusy`, `PlatformFault` or `PlatformRefusal`; no message of these has the token in it.
 */
export interface PlatformClient {
  whoami(): Promise<PlatformAccount>;
  /** All that have the name: Discord may have several. */
  find(name: string): Promise<PlatformEmoji[]>;
  /** The bytes of its picture; null of platforms that show something else than they were given. */
  pictureOf(emoji: PlatformEmoji): Promise<Uint8Array | null>;
  /**
   * @returns its id; null where it was made, and that cannot be found out
   * @throws NameInUse when the platform has one of that name
   */
  add(name: string, picture: PublishedPicture): Promise<string | null>;
  /** Nothing happens where it is gone. */
  remove(name: string, emoji: PlatformEmoji): Promise<void>;
}

export interface PlatformClients {
  /**
   * @param service the origin of this service, which the platform is told
   * @param maxMs for each request and its answer, where that is to be less than usual
   */
  of(target: Target, secret: string, service: string, maxMs?: number): PlatformClient;
}

/** The platform has done nothing, and asks to be asked again later. */
export class PlatformBusy extends Error {
  override name = 'PlatformBusy';
  /** Of the platform. */
  readonly title: string;
  readonly retryAfterMs: number;

  constructor(title: string, retryAfterMs: number) {
    super(`${title} asks to be asked again in ${Math.ceil(retryAfterMs / 1_000)} s`);
    this.title = title;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Something that may pass. Whether the platform did what it was asked to is not known. */
export class PlatformFault extends Error {
  override name = 'PlatformFault';
}

/** The platform has done nothing, and will not. */
export class PlatformRefusal extends Error {
  override name = 'PlatformRefusal';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The platform has an emoji of that name, maybe one of its own. */
export class NameInUse extends Error {
  override name = 'NameInUse';
}

/** A target, and the secret that is sent to it, sealed. */
export type StoredTarget = Target & { sealedSecret: string };

export interface Targets {
  /** @returns false when another one has the name */
  add(target: StoredTarget): Promise<boolean>;
  find(name: string): Promise<StoredTarget | null>;
  findById(id: string): Promise<StoredTarget | null>;
  /** By their names. @param after null for the first page */
  list(page: { after: string | null; limit: number }): Promise<Target[]>;
  reseal(id: string, sealedSecret: string): Promise<void>;
  /** What is known of what was published there is forgotten. @returns false when there is none */
  delete(name: string): Promise<boolean>;
  /** Notes that nothing is to be sent before a time. */
  pause(id: string, until: number): Promise<void>;
}

/** A publication, and where it is. */
export type PublicationAt = Publication & { target: Pick<Target, 'name' | 'platform'> };

export interface Publications {
  find(targetId: string, name: string): Promise<Publication | null>;
  /**
   * Notes what is about to be sent.
   *
   * @param seen what was known: nothing is noted where that has changed
   * @returns whether it is noted
   */
  begin(seen: Publication | null, next: Publication & { sent: object }): Promise<boolean>;
  /** Notes that nothing has come of what was sent, nor will. @param before what was known until then */
  abandon(begun: Publication, before: Publication | null): Promise<void>;
  /** Notes what is there. */
  settle(publication: Publication & { published: object }): Promise<void>;
  /** Those of an emoji, the first one first. */
  ofEmoji(emojiId: string): Promise<PublicationAt[]>;
}
