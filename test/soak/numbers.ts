/** Whether `/metrics` and `/task-queue/counts` say what the tasks say. */
import type { TaskView } from './answers.ts';
import type { Ledger } from './ledger.ts';
import type { Service } from './service.ts';

/**
 * @param unaccepted tasks that the sweep is yet to undo
 */
export async function checkNumbers(
  service: Service,
  ledger: Ledger,
  tasks: Map<string, TaskView>,
  unaccepted: number,
): Promise<void> {
  const { bytes } = await service.request('/metrics');
  const told = readMetrics(new TextDecoder().decode(bytes));
  const expected = numbersOf([...tasks.values()]);
  for (const [state, found] of Object.entries((await service.request('/task-queue/counts')).json)) {
    const kept = (expected[`custom_emoji_tasks{state="${state}"}`] ?? 0) + (state === 'PENDING' ? unaccepted : 0);
    ledger.expect(found === kept, () => `/task-queue/counts has ${found} tasks in ${state}; there are ${kept}`);
  }
  for (const [name, value] of Object.entries(expected)) {
    const found = told.get(name) ?? 0;
    // An upload that a crash stopped half way may be among the accepted until it is swept away.
    const more = name.startsWith('custom_emoji_tasks') && /PENDING|accepted.*create/.test(name) ? unaccepted : 0;
    ledger.expect(found >= value && found <= value + more, () => `/metrics has ${name} ${found}; it is ${value}`);
  }
  // Nothing that is not there is counted.
  for (const [name, value] of told) {
    const isKnown = name in expected || value === 0 || !/_total|_count/.test(name);
    ledger.expect(isKnown || /image_bytes/.test(name), () => `/metrics has ${name} ${value}; there is none`);
  }
}

function readMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Counted from the histories: each end of a task counts, also one that a person had tried again. */
function numbersOf(tasks: TaskView[]): Record<string, number> {
  const numbers: Record<string, number> = {};
  const add = (name: string, amount = 1): void => {
    numbers[name] = (numbers[name] ?? 0) + amount;
  };
  for (const { state, kind, source, history, error } of tasks) {
    add(`custom_emoji_tasks{state="${state}"}`);
    add(`custom_emoji_tasks_accepted_total{kind="${kind}"}`);
    if (source) add(`custom_emoji_source_bytes_total{format="${source.format}"}`, source.bytes);
    let hasStarted = false;
    for (const change of history) {
      if (change.state === 'PENDING') hasStarted = false;
      if (change.state === 'STARTED') {
        hasStarted = true;
        add('custom_emoji_task_attempts_total');
      }
      if (change.state !== 'SUCCESS' && change.state !== 'FAILURE' && change.state !== 'REVOKED') continue;
      add(`custom_emoji_tasks_finished_total{state="${change.state}"}`);
      // A picture that fails twice fails for the same reason.
      if (change.state === 'FAILURE') add(`custom_emoji_task_failures_total{code="${error?.code}"}`);
      if (!hasStarted) continue;
      add('custom_emoji_task_queue_seconds_count');
      add('custom_emoji_task_render_seconds_count');
    }
  }
  return numbers;
}
