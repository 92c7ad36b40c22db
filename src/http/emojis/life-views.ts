import { time, viewRendering, viewSource } from '../../application/task-view.ts';
import {
  type DeletedEmoji,
  type EmojiDetails,
  type EmojiEvent,
  KEEP_DELETED_MS,
  type Rendition,
} from '../../domain/emoji.ts';
import { etagOf } from '../preconditions.ts';
import { emojiUrl, renditionUrl } from './urls.ts';

/** An emoji as the API tells all of it: names in snake case, times in ISO 8601. */
export function viewDetails(emoji: EmojiDetails) {
  const { name, image, source, sourceHash } = emoji;
  return {
    id: emoji.id,
    name,
    aliases: emoji.aliases,
    former_names: emoji.formerNames,
    tags: emoji.tags,
    category: emoji.category,
    description: emoji.description,
    owner: emoji.owner,
    url: emojiUrl(name),
    hash: image.hash,
    bytes: image.bytes,
    frames: image.frames,
    animated: image.frames > 1,
    version: emoji.version,
    rendering: emoji.rendering && viewRendering(emoji.rendering),
    renditions: {
      gif64: viewRendition(emoji, 'gif64'),
      gif128: viewRendition(emoji, 'gif128'),
      png: viewRendition(emoji, 'png'),
    },
    source: source && { ...viewSource(source), hash: sourceHash },
    created_at: time(emoji.createdAt),
    updated_at: time(emoji.updatedAt),
  };
}

function viewRendition({ name, image }: EmojiDetails, rendition: Rendition) {
  const picture = image.renditions?.[rendition];
  return picture ? { url: renditionUrl(name, rendition), hash: picture.hash, bytes: picture.bytes } : null;
}

export function viewDeleted(emoji: DeletedEmoji) {
  const { id, name, names, deletedAt } = emoji;
  return {
    id,
    name,
    aliases: names.flatMap(([alias, kind]) => (kind === 'alias' ? [alias] : [])),
    deleted_at: time(deletedAt),
    restore_until: time(deletedAt + KEEP_DELETED_MS),
    restore_url: `${emojiUrl(name)}/restore?id=${encodeURIComponent(id)}`,
    etag: etagOf(emoji),
  };
}

export function viewEvent({ id, at, actor, action, details }: EmojiEvent) {
  return { id, at: time(at), actor, action, details };
}
