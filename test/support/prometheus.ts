/** What a text in Prometheus' exposition format says. */
export interface Exposition {
  /** By the name of the family. */
  families: Map<string, { type: string; help: string }>;
  /** By the sample as it is written, with its labels. */
  samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABELS = '\\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*",?)+\\}';
const SAMPLE = new RegExp(`^(${NAME})(${LABELS})? (\\S+)$`);

/**
 * Reads the text format, version 0.0.4, and checks its rules.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @throws when a rule is broken
 */
export function readExposition(text: string): Exposition {
  const families: Exposition['families'] = new Map();
  const samples: Exposition['samples'] = new Map();
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  let current = '';
  let help: string | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, keyword, family, rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP' && family !== undefined) {
      if (families.has(family)) throw new Error(`a second HELP of ${family}, or one that is apart from its family`);
      [current, help] = [family, rest];
    } else if (keyword === 'TYPE' && family !== undefined) {
      if (family !== current || help === null || families.has(family)) throw new Error(`TYPE out of place: ${line}`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no such type: ${line}`);
      families.set(family, { type: rest, help });
    } else {
      const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
      const type = families.get(current)?.type;
      const own = type === 'histogram' ? new RegExp(`^${current}_(bucket|sum|count)$`) : new RegExp(`^${current}$`);
      if (!own.test(name)) throw new Error(`the line is no sample of ${current}: ${line}`);
      if (!Number.isFinite(Number(value))) throw new Error(`no number: ${line}`);
      if (type === 'counter' && Number(value) < 0) throw new Error(`a counter below 0: ${line}`);
      if (samples.has(name + labels)) throw new Error(`twice: ${line}`);
      samples.set(name + labels, Number(value));
    }
  }
  for (const [family, { type }] of families) if (type === 'histogram') checkHistogram(family, samples);
  return { families, samples };
}

/** Buckets rise, in their bounds and their counts; the last is +Inf and counts all. */
function checkHistogram(family: string, samples: Map<string, number>): void {
  const buckets = [...samples].flatMap(([name, count]) => {
    const [, bound] = new RegExp(`^${family}_bucket\\{le="([^"]+)"\\}$`).exec(name) ?? [];
    return bound === undefined ? [] : [{ bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count }];
  });
  for (const [i, bucket] of buckets.entries()) {
    const before = buckets[i - 1];
    if (before && !(before.bound < bucket.bound)) throw new Error(`${family}: the bounds do not rise`);
    if (before && before.count > bucket.count) throw new Error(`${family}: the buckets are not cumulative`);
  }
  const last = buckets.at(-1);
  if (last?.bound !== Number.POSITIVE_INFINITY) throw new Error(`${family}: no bucket for +Inf`);
  if (samples.get(`${family}_count`) !== last.count) throw new Error(`${family}: _count is not the bucket +Inf`);
  if (!samples.has(`${family}_sum`)) throw new Error(`${family}: no _sum`);
}
