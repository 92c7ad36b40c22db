/** Where a rule is written, and when it was read there. */
export interface Source {
  url: string;
  /** A day, as in ISO 8601. */
  checked: string;
}

interface Rule {
  /** The rule for people; where there is no number, what is known in its place. */
  words: string;
  source: Source;
}

/** A number that must not be exceeded; null where the platform documents none. */
export interface LimitRule extends Rule {
  most: number | null;
}

/** Names that are refused whatever they are made of: those of the emoji that a platform has itself. */
export interface ReservedNamesRule extends Rule {
  names: 'emoji-datasource' | 'mattermost';
}

export interface NameCharactersRule extends Rule {
  /** True of a name with nothing in it that the platform does not take. Its length is counted apart. */
  pattern: RegExp;
  /** Bytes of UTF-8, which for most platforms are the characters that they take. */
  least: number;
  most: number | null;
  /** Null where nothing says that a name is refused because the platform has an emoji of that name. */
  reserved: ReservedNamesRule | null;
}

export interface FormatsRule extends Rule {
  /** As files are called: `jpg` is jpeg. */
  allowed: readonly string[];
}

/** What a platform asks of a custom emoji. */
export interface PlatformRules {
  title: string;
  name: NameCharactersRule;
  /** Pixels a side. */
  pixels: LimitRule;
  /** Size of the file. */
  bytes: LimitRule;
  frames: LimitRule;
  formats: FormatsRule;
  /** What is known of moving pictures there, and the formats in which they move. */
  animation: FormatsRule;
  /** Pixels a side that it keeps or shows at most: more are of no use there. */
  side: number;
}
