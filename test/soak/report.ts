import type { TaskView } from './answers.ts';
import { endOf, type Ledger } from './ledger.ts';
import type { Service } from './service.ts';
import type { LeftOver } from './storage.ts';

interface Facts {
  settings: Record<string, number | boolean>;
  service: Service;
  ledger: Ledger;
  /** Uploads that a crash stopped before they were accepted. */
  unanswered: number;
  /** As they were before the names that had been let go of were taken again. */
  tasks: Map<string, TaskView>;
  swept: Record<string, number>;
  left: LeftOver;
  /** Since the start: when the last upload was answered, the last task was at its end, and all was checked. */
  uploadedMs: number;
  endedMs: number;
  totalMs: number;
}

const MOST_SHOWN = 50;

/** Prints the result as a table. @returns the same for programs */
export function report({
  settings,
  service,
  ledger,
  unanswered,
  tasks,
  swept,
  left,
  uploadedMs,
  endedMs,
  totalMs,
}: Facts) {
  const all = [...tasks.values()];
  const waits = all
    .map((task) => Date.parse(task.finished_at ?? '') - Date.parse(task.received_at))
    .sort((a, b) => a - b);
  const at = (share: number): number => (waits[Math.floor((waits.length - 1) * share)] ?? 0) / 1_000;
  const successes = all.filter(({ state }) => state === 'SUCCESS').length;
  const result = {
    settings,
    accepted: tasks.size,
    ...tally(all.map(({ state }) => state)),
    failures: tally(all.flatMap(({ error }) => (error ? [error.code] : []))),
    attempts: tally(all.map(({ attempts }) => `${attempts}`)),
    'attempts lost to a kill': all.flatMap(({ history }) => history.filter(({ state }) => state === 'RETRY')).length,
    visits: ledger.tally,
    ...service.counts,
    'never answered': unanswered,
    'seconds to an end': { median: at(0.5), p95: at(0.95), longest: at(1) },
    'seconds until': { uploaded: uploadedMs / 1_000, ended: endedMs / 1_000, checked: totalMs / 1_000 },
    'emoji per second, kills and waits included': Number((successes / (endedMs / 1_000)).toFixed(1)),
    swept,
    'left for the sweep': { ...left },
    'errors of the service': service.faults,
    broken: [...ledger.broken],
  };
  console.log();
  for (const [name, value] of Object.entries(result)) {
    if (!Array.isArray(value)) console.log(`${name.padEnd(44)}${inWords(value)}`);
  }
  for (const fault of service.faults.slice(0, MOST_SHOWN)) console.log(`error of the service: ${fault}`);
  for (const broken of result.broken.slice(0, MOST_SHOWN)) console.log(`BROKEN  ${broken}`);
  console.log(result.broken.length === 0 ? 'All invariants hold.' : `${result.broken.length} invariants are broken.`);
  return { ...result, expected: tally([...ledger.promised.values()].map(endOf)) };
}

function tally(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words.sort()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function inWords(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${part}`)
    .join(', ');
}
