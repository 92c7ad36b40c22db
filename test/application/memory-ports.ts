import type {
  EmojiCatalogue,
  ImageStore,
  Logger,
  SourceStore,
  TaskHistory,
  TaskOwners,
} from '../../src/application/ports.ts';
import type { EmojiImage } from '../../src/domain/emoji.ts';
import * as moves from '../../src/domain/task.ts';

/** Ports that keep everything in memory, for use cases on their own. */
export function memoryPorts() {
  const names = new Map<string, { id: string; createdAt: number; image: EmojiImage | null }>();
  const sources = new Map<string, Uint8Array>();
  const images = new Map<string, Uint8Array>();
  const tasks = new Map<string, moves.Task>();
  const logged: string[] = [];

  function move(id: string, decide: (task: moves.Task) => moves.Task | null): boolean {
    const task = tasks.get(id);
    const moved = task ? decide(task) : null;
    if (moved) tasks.set(id, moved);
    return moved !== null;
  }

  const catalogue: EmojiCatalogue = {
    async take({ id, name, createdAt }) {
      if (names.has(name)) return false;
      names.set(name, { id, createdAt, image: null });
      return true;
    },
    async release(emojiId) {
      for (const [name, { id, image }] of names) if (id === emojiId && image === null) names.delete(name);
    },
    async isTaken(name) {
      return names.has(name);
    },
    async find(name) {
      const entry = names.get(name);
      return entry?.image ? { ...entry, name, image: entry.image } : null;
    },
    async list({ after, limit }) {
      return [...names]
        .flatMap(([name, entry]) => (entry.image ? [{ ...entry, name, image: entry.image }] : []))
        .filter(({ name }) => name > (after ?? ''))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .slice(0, limit);
    },
  };

  const sourceStore: SourceStore = {
    async put(key, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const whole = Buffer.concat(parts);
      sources.set(key, whole);
      return whole.byteLength;
    },
    async get(key) {
      return sources.get(key) ?? null;
    },
    async delete(key) {
      sources.delete(key);
    },
  };

  const imageStore: ImageStore = {
    async put({ hash }, gif) {
      images.set(hash, gif);
    },
    async get(hash) {
      const gif = images.get(hash);
      return gif ? new Blob([new Uint8Array(gif)]).stream() : null;
    },
  };

  const taskOwners: TaskOwners = {
    async submit(order) {
      tasks.set(order.id, moves.submit(order, Date.now()));
    },
    async read(id) {
      return tasks.get(id) ?? null;
    },
    async claim(id) {
      const token = crypto.randomUUID();
      if (!move(id, (task) => moves.claim(task, token, Date.now()))) return null;
      const { attempts, sourceKey, rendering } = tasks.get(id) as moves.Task;
      return { token, attempt: attempts, sourceKey, rendering };
    },
    succeed: async (id, token, image) => move(id, (task) => moves.succeed(task, token, image, Date.now())),
    fail: async (id, token, failure) => move(id, (task) => moves.fail(task, token, failure, Date.now())),
    retry: async (id, token, fault) => move(id, (task) => moves.retry(task, token, fault, Date.now())),
    undeliverable: async (id, message) => move(id, (task) => moves.undeliverable(task, message, Date.now())),
  };

  const taskHistory: TaskHistory = {
    async find() {
      return null;
    },
    async list() {
      return [];
    },
  };

  const log: Logger = {
    info: (event) => void logged.push(event),
    error: (event) => void logged.push(event),
  };

  return {
    ports: { catalogue, sources: sourceStore, images: imageStore, taskOwners, taskHistory, log },
    names,
    sources,
    images,
    tasks,
    logged,
  };
}
