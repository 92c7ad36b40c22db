import { useEffect, useRef, useState } from 'preact/hooks';
import { isFinished } from '../../domain/task.ts';
import { bodyOf, type Problem, problemFrom, taskApi } from '../shared/api.ts';
import { onTask } from './connection.ts';
import type { FullTask } from './types.ts';

/** What the API tells of one task; who looks the same is told of those that succeeded. */
export type FollowedTask = FullTask & { duplicates?: string[] | null };

const TRY_AGAIN_MS = 2_000;

/** One task, with each change and its progress until its end, and again when somebody has it tried again. */
export function useTask(id: string, generation: number | null) {
  const [task, setTask] = useState<FollowedTask | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const lookNow = useRef(() => {});
  useEffect(() => {
    if (generation === null) return;
    let isOver = false;
    let events: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      try {
        const found = await bodyOf(taskApi.tasks[':id'].$get({ param: { id } }));
        if (isOver) return;
        setTask(found);
        setProblem(null);
        if (!isFinished(found.state)) follow();
      } catch (error) {
        if (!isOver) setProblem(problemFrom(error));
      }
    };
    const follow = () => {
      if (events !== null) return;
      events = new EventSource(taskApi.tasks[':id'].events.$url({ param: { id } }));
      events.addEventListener('task', ({ data }) => {
        const told = JSON.parse(data) as FullTask;
        setTask(told);
        if (!isFinished(told.state)) return;
        unfollow();
        void look();
      });
      events.onerror = () => {
        if (events?.readyState !== EventSource.CLOSED) return;
        unfollow();
        timer = setTimeout(look, TRY_AGAIN_MS);
      };
    };
    const unfollow = () => {
      events?.close();
      events = null;
    };
    const stop = onTask((changed) => changed.id === id && events === null && void look());
    lookNow.current = look;
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
      unfollow();
      stop();
    };
  }, [id, generation]);
  return { task, problem, lookAgain: () => lookNow.current() };
}
