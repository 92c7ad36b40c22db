import type { Failure } from '../failure.ts';

/** Nobody but a person can mend these: whatever is tried again fails again. */

export function unauthorized(title: string, target: string): Failure {
  return {
    code: 'target_unauthorized',
    message: `${title} does not accept the token of the target "${target}".`,
    remedy: `It may have been revoked, or belong elsewhere. Make a new one at ${title}, and give it to the target with PATCH /custom-emoji/targets/${target}.`,
  };
}

/** @param what is needed @param said what the platform says, if anything */
export function forbidden(title: string, what: string, said = ''): Failure {
  return {
    code: 'target_forbidden',
    message: `${title} does not allow this to whoever has the token${quoted(said)}.`,
    remedy: `${what}, and try the task again.`,
  };
}

export function placeNotFound(title: string, what: string): Failure {
  return {
    code: 'target_not_found',
    message: `${title} knows no such place, or does not show it to whoever has the token.`,
    remedy: what,
  };
}

export function platformFull(title: string, what: string, said = ''): Failure {
  return {
    code: 'platform_full',
    message: `${title} has no room for another emoji${quoted(said)}.`,
    remedy: `${what}, and try the task again.`,
  };
}

export function nameReserved(title: string, name: string): Failure {
  return {
    code: 'name_reserved',
    message: `${title} keeps the name "${name}" for an emoji of its own.`,
    remedy: 'Publish it under another name.',
  };
}

export function pictureRefused(title: string, said: string, remedy: string): Failure {
  return { code: 'picture_refused', message: `${title} does not take the picture${quoted(said)}.`, remedy };
}

export function platformRefused(title: string, said: string): Failure {
  return {
    code: 'platform_refused',
    message: `${title} refuses this${quoted(said)}.`,
    remedy: 'What it says may tell what to change. Trying the same again will not help.',
  };
}

export function customEmojiDisabled(title: string): Failure {
  return {
    code: 'platform_disabled',
    message: `The ${title} server has custom emoji turned off.`,
    remedy: 'Have its administrator turn them on, and try the task again.',
  };
}

/** @param found what came instead of an answer of the platform */
export function notThePlatform(title: string, found: string): Failure {
  return {
    code: 'target_no_platform',
    message: `What answers at the address of the target is not the API of ${title}: ${found}.`,
    remedy: 'Make the target again with the address under which people open it in their browsers, in full.',
  };
}

export function emojiExists(title: string, name: string): Failure {
  return {
    code: 'emoji_exists',
    message: `${title} has another emoji called "${name}", which was not published from this one.`,
    remedy: 'Publish it under another name, or with "replace": true, which removes that one.',
  };
}

export function earlierPicture(title: string, name: string): Failure {
  return {
    code: 'earlier_picture',
    message: `${title} has "${name}" with an earlier picture of this emoji, and cannot change that of an emoji.`,
    remedy: 'Publish it with "replace": true: the one that is there is removed, and reactions with it may go.',
  };
}

export function emojiAmbiguous(title: string, name: string, count: number): Failure {
  return {
    code: 'emoji_ambiguous',
    message: `${title} has ${count} emoji called "${name}": which of them is to be replaced?`,
    remedy: `Remove all of them but one at ${title}, or publish it under another name.`,
  };
}

export function replacingNotYours(title: string, name: string): Failure {
  return {
    code: 'replacing_not_yours',
    message: `${title} has another emoji called "${name}", which this one did not become.`,
    remedy: 'Publish it under another name, or have somebody replace it who has the scope emoji:admin.',
  };
}

/** @param hours that the platform wants to be left alone */
export function busyForLong(title: string, hours: number): Failure {
  return {
    code: 'platform_busy',
    message: `${title} asks to be asked again in ${hours} hours only.`,
    remedy: 'Try the task again then.',
  };
}

export function emojiGone(): Failure {
  return {
    code: 'emoji_gone',
    message: 'The emoji was deleted before it was published.',
    remedy: 'Restore it from the bin, and try the task again.',
  };
}

export function targetGone(): Failure {
  return {
    code: 'target_gone',
    message: 'The target was deleted before the emoji was published.',
    remedy: 'Publish it to another target.',
  };
}

export function secretUnreadable(target: string): Failure {
  return {
    code: 'target_secret_lost',
    message: `The secret of the target "${target}" cannot be read: the TOKEN_KEY or ADMIN_TOKEN of this service has changed.`,
    remedy: `Give it the secret again, with PATCH /custom-emoji/targets/${target}, and try the task again.`,
  };
}

const quoted = (said: string): string => (said === '' ? '' : `: it says "${said}"`);
