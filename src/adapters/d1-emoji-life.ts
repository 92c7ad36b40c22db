import type { ChangedEmoji, Conflict, Doing, EmojiChange, EmojiLife } from '../application/ports.ts';
import type { DeletedEmoji, EmojiDetails, EmojiEvent, EmojiRevision, NameKind } from '../domain/emoji.ts';
import { COLUMNS, type EmojiRow, toEmoji } from './d1-emoji-catalogue.ts';
import { eventStatement } from './d1-emoji-events.ts';
import { indexStatements } from './d1-emoji-index.ts';
import { freedFrom, freeFormerStatements, isNameTaken } from './d1-emoji-names.ts';
import { isRevisionOld, NEXT_REVISION } from './d1-emoji-revision.ts';
import { noticeStatement, noticesIn } from './d1-notice-outbox.ts';
import { type Database, rowOf } from './d1-session.ts';
import { addStatements, refuseOverQuota, removeStatement } from './d1-usage.ts';

interface DetailsRow extends EmojiRow {
  /** JSON: an array of name and kind. */
  names: string;
  tags: string;
  category: string | null;
  description: string;
  version: number;
  rendering: string | null;
  updated_at: number;
}

interface DeletedRow {
  id: string;
  revision: number;
  number: number;
  deleted_at: number;
  deleted_name: string;
  deleted_names: string;
  owner: string | null;
}

interface Done<Row> {
  row: Row;
  namesTakenFrom: string[];
}

type EventRow = Omit<EmojiEvent, 'details'> & { details: string };

/** By name, in code point order. */
const NAMES_OF_EMOJI = `(SELECT json_group_array(json_array(name, kind)) FROM
  (SELECT name, kind FROM emoji_names WHERE emoji_id = emojis.id ORDER BY name))`;

const DETAILS = `${COLUMNS}, ${NAMES_OF_EMOJI} AS names, emojis.tags, emojis.category, emojis.description,
  emojis.version, emojis.rendering, emojis.updated_at`;

const FIND_DETAILS = `
  SELECT ${DETAILS}, asked.kind FROM emoji_names AS asked JOIN emojis ON emojis.id = asked.emoji_id
  WHERE asked.name = ? AND emojis.name IS NOT NULL`;

const DELETED = 'SELECT id, revision, number, deleted_at, deleted_name, deleted_names, owner FROM emojis';

/** Both have an index, and the latest row first. */
const FIND_DELETED = `${DELETED} WHERE deleted_name = ? AND deleted_at >= ? ORDER BY deleted_at DESC LIMIT 1`;
const FIND_DELETED_BY_ID = `${DELETED} WHERE id = ? AND deleted_name = ? AND deleted_at >= ?`;

/**
 * @param db with the tables of `migrations/`
 * @param wake is told the ids of notices that are to be sent of what was done
 */
export function d1EmojiLife(db: Database, wake: (notices: string[]) => void = () => {}): EmojiLife {
  const readDetails = (emojiId: string) => db.prepare(`SELECT ${DETAILS} FROM emojis WHERE id = ?`).bind(emojiId);

  /** What has those told of a change who have subscribed to that. @param seen what it goes by */
  const tell = (
    event: 'emoji.renamed' | 'emoji.deleted' | 'emoji.restored',
    { id, revision }: EmojiRevision,
    { actor, at }: Doing,
    more: { previousName?: string } = {},
  ) => noticeStatement(db, { ...more, event, occurrence: `${id}_${revision}`, emojiId: id, actor, at });

  /** Does all of it or nothing. @returns the row that the last statement reads, and who had its names before */
  async function change<Row extends object>(
    emojiId: string,
    names: string[],
    statements: D1PreparedStatement[],
  ): Promise<Done<Row> | Conflict> {
    try {
      const results = await db.batch<Row>(statements);
      const row = results.at(-1)?.results[0];
      wake(noticesIn(results));
      // It has been dropped for good.
      return row === undefined ? 'changed' : { row, namesTakenFrom: freedFrom(results) };
    } catch (error) {
      if (isRevisionOld(error)) return 'changed';
      if (!isNameTaken(error)) throw error;
      const taken = await takenByOthers(emojiId, names);
      // Those are free by now: as good as a change that came in between.
      return taken.length === 0 ? 'changed' : { taken };
    }
  }

  async function takenByOthers(emojiId: string, names: string[]): Promise<string[]> {
    const { results } = await db
      .prepare(
        `SELECT value FROM json_each(?) WHERE EXISTS
           (SELECT 1 FROM emoji_names WHERE name = value AND emoji_id <> ? AND kind <> 'former')`,
      )
      .bind(JSON.stringify(names), emojiId)
      .all<{ value: string }>();
    return results.map(({ value }) => value);
  }

  /**
   * Gives an emoji its names.
   *
   * @param taken what it is to have, whoever had it before
   * @param wished what it gets where nobody else has it
   */
  function nameStatements(
    emojiId: string,
    taken: [string, NameKind][],
    wished: [string, NameKind][],
  ): D1PreparedStatement[] {
    const insert = `INSERT INTO emoji_names (name, emoji_id, kind)
      SELECT json_extract(value, '$[0]'), ?, json_extract(value, '$[1]') FROM json_each(?) WHERE true`;
    return [
      db.prepare('DELETE FROM emoji_names WHERE emoji_id = ?').bind(emojiId),
      ...freeFormerStatements(
        db,
        taken.map(([name]) => name),
      ),
      db.prepare(insert).bind(emojiId, JSON.stringify(taken)),
      db.prepare(`${insert} ON CONFLICT (name) DO NOTHING`).bind(emojiId, JSON.stringify(wished)),
    ];
  }

  /** Names as a change gives them. */
  function renameStatements(emojiId: string, names: EmojiChange['names']): D1PreparedStatement[] {
    if (names === undefined) return [];
    const { primary, aliases, former } = names;
    return [
      ...nameStatements(
        emojiId,
        [[primary, 'primary'], ...aliases.map((name): [string, NameKind] => [name, 'alias'])],
        former.map((name) => [name, 'former']),
      ),
      db.prepare('UPDATE emojis SET name = ? WHERE id = ?').bind(primary, emojiId),
    ];
  }

  return {
    async find(name) {
      const row = await rowOf<DetailsRow & { kind: NameKind }>(db, FIND_DETAILS, name);
      return row && { ...toDetails(row), askedBy: row.kind };
    },

    async change({ id, revision }, { names, tags, category, description }, events, doing) {
      const outcome = await change<DetailsRow>(id, names ? [names.primary, ...names.aliases] : [], [
        db
          .prepare(
            `UPDATE emojis SET ${NEXT_REVISION}, updated_at = ?2, tags = coalesce(?3, tags),
               category = iif(?4, ?5, category), description = coalesce(?6, description)
             WHERE id = ?7`,
          )
          .bind(
            revision,
            doing.at,
            tags === undefined ? null : JSON.stringify(tags),
            category === undefined ? 0 : 1,
            category ?? null,
            description ?? null,
            id,
          ),
        ...renameStatements(id, names),
        ...events.map((event) => eventStatement(db, id, event, doing)),
        ...indexStatements(db, id),
        ...events.flatMap(({ action, details }) =>
          action === 'renamed'
            ? [tell('emoji.renamed', { id, revision }, doing, { previousName: String(details.from) })]
            : [],
        ),
        readDetails(id),
      ]);
      return toChanged(outcome);
    },

    async delete({ id, revision }, doing) {
      const outcome = await change<DeletedRow>(
        id,
        [],
        [
          removeStatement(db, 'id = ?', id),
          db
            .prepare(
              `UPDATE emojis SET ${NEXT_REVISION}, updated_at = ?2, deleted_at = ?2, deleted_name = name,
                 deleted_names = ${NAMES_OF_EMOJI}, name = NULL
               WHERE id = ?3`,
            )
            .bind(revision, doing.at, id),
          db.prepare('DELETE FROM emoji_names WHERE emoji_id = ?').bind(id),
          db
            .prepare(
              `INSERT INTO emoji_events (emoji_id, at, actor, action, details)
               SELECT id, ?, ?, 'deleted', json_object('name', deleted_name) FROM emojis WHERE id = ?`,
            )
            .bind(doing.at, doing.actor, id),
          ...indexStatements(db, id),
          tell('emoji.deleted', { id, revision }, doing),
          db.prepare(`${DELETED} WHERE id = ?`).bind(id),
        ],
      );
      return isDone(outcome) ? toDeleted(outcome.row) : 'changed';
    },

    async findDeleted(name, id, since) {
      const query =
        id === null ? db.prepare(FIND_DELETED).bind(name, since) : db.prepare(FIND_DELETED_BY_ID).bind(id, name, since);
      const row = await query.first<DeletedRow>();
      return row && toDeleted(row);
    },

    async restore({ id, revision, name: before, names, owner }, name, doing, quotas = null) {
      const added = { owner, emojis: 1, bytes: 0, quotas };
      const others = names.filter(([other]) => other !== name && other !== before);
      // As after any other change of the name, it is found by the one before.
      if (name !== before) others.push([before, 'former']);
      const restoring = change<DetailsRow>(
        id,
        [name],
        [
          ...addStatements(db, id, added, 'EXISTS (SELECT 1 FROM emojis WHERE id = ?1 AND deleted_at IS NOT NULL)'),
          db
            .prepare(
              `UPDATE emojis SET ${NEXT_REVISION}, updated_at = ?2, deleted_at = NULL, deleted_name = NULL,
                 deleted_names = NULL
               WHERE id = ?3`,
            )
            .bind(revision, doing.at, id),
          ...nameStatements(id, [[name, 'primary']], others),
          db.prepare('UPDATE emojis SET name = ? WHERE id = ?').bind(name, id),
          eventStatement(db, id, { action: 'restored', details: { name } }, doing),
          ...indexStatements(db, id),
          tell('emoji.restored', { id, revision }, doing),
          readDetails(id),
        ],
      );
      const outcome = await restoring.catch(async (error) => {
        await refuseOverQuota(db, error, added);
        throw error;
      });
      return toChanged(outcome);
    },

    async deleted(since, owner, { after, limit }) {
      const { results } = await db
        .prepare(
          `${DELETED} WHERE deleted_at >= ?1 AND (deleted_at, number) < (?2, ?3) AND ${owner === null ? '?5 IS NULL' : 'owner = ?5'}
           ORDER BY deleted_at DESC, number DESC LIMIT ?4`,
        )
        .bind(since, after?.deletedAt ?? Number.MAX_SAFE_INTEGER, after?.number ?? 0, limit, owner)
        .all<DeletedRow>();
      return results.map(toDeleted);
    },

    async events(emojiId, { before, limit }) {
      const { results } = await db
        .prepare(
          `SELECT id, at, actor, action, details FROM emoji_events WHERE emoji_id = ? AND id < ?
           ORDER BY id DESC LIMIT ?`,
        )
        .bind(emojiId, before ?? Number.MAX_SAFE_INTEGER, limit)
        .all<EventRow>();
      return results.map((row) => ({ ...row, details: JSON.parse(row.details) as EmojiEvent['details'] }));
    },
  };
}

function isDone<Row>(outcome: Done<Row> | Conflict): outcome is Done<Row> {
  return typeof outcome === 'object' && 'row' in outcome;
}

function toChanged(outcome: Done<DetailsRow> | Conflict): ChangedEmoji | Conflict {
  return isDone(outcome) ? { ...toDetails(outcome.row), namesTakenFrom: outcome.namesTakenFrom } : outcome;
}

function toDetails(row: DetailsRow): EmojiDetails {
  const names = JSON.parse(row.names) as [string, NameKind][];
  const ofKind = (kind: NameKind) => names.flatMap(([name, its]) => (its === kind ? [name] : []));
  return {
    ...toEmoji(row),
    aliases: ofKind('alias'),
    formerNames: ofKind('former'),
    tags: JSON.parse(row.tags) as string[],
    category: row.category,
    description: row.description,
    version: row.version,
    rendering: row.rendering === null ? null : (JSON.parse(row.rendering) as EmojiDetails['rendering']),
    updatedAt: row.updated_at,
  };
}

function toDeleted(row: DeletedRow): DeletedEmoji {
  return {
    id: row.id,
    revision: row.revision,
    number: row.number,
    name: row.deleted_name,
    names: JSON.parse(row.deleted_names) as DeletedEmoji['names'],
    owner: row.owner,
    deletedAt: row.deleted_at,
  };
}
