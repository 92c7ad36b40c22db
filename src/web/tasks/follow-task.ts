import { useEffect, useRef, useState } from 'preact/hooks';
import { isFinished } from '../../domain/task.ts';
import { bodyOf, type Problem, problemFrom, taskApi } from '../shared/api.ts';
import { pause } from '../shared/pause.ts';
import { type FullTask, watchTask } from '../shared/watch-task.ts';
import { onTask } from './connection.ts';

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
    const over = new AbortController();
    const { signal } = over;
    let isFollowed = false;
    const look = async () => {
      try {
        const found = await bodyOf(taskApi.tasks[':id'].$get({ param: { id } }));
        if (signal.aborted) return;
        setTask(found);
        setProblem(null);
        if (!isFinished(found.state)) void follow();
      } catch (error) {
        if (!signal.aborted) setProblem(problemFrom(error));
      }
    };
    const follow = async () => {
      if (isFollowed) return;
      isFollowed = true;
      let isAtItsEnd = false;
      await watchTask(
        id,
        (told) => {
          setTask(told);
          isAtItsEnd = isFinished(told.state);
        },
        signal,
      );
      isFollowed = false;
      if (!isAtItsEnd) await pause(TRY_AGAIN_MS, { target: signal, event: 'abort' });
      if (!signal.aborted) void look();
    };
    const stop = onTask((changed) => changed.id === id && !isFollowed && void look());
    lookNow.current = look;
    void look();
    return () => {
      over.abort();
      stop();
    };
  }, [id, generation]);
  return { task, problem, lookAgain: () => lookNow.current() };
}
