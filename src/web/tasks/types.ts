import type { InferRequestType, InferResponseType } from 'hono/client';
import type { TaskState } from '../../domain/task.ts';
import type { taskApi } from '../shared/api.ts';

type Api = typeof taskApi;
type OneTask = Api['tasks'][':id'];

export type Task = InferResponseType<Api['tasks']['$get'], 200>['data'][number];
/** A task with all that is known of it. */
export type FullTask = InferResponseType<OneTask['retry']['$post'], 200>;
export type Stats = InferResponseType<Api['stats']['$get'], 200>;
export type Consumer = InferResponseType<Api['consumer']['$get'], 200>;
export type Counts = Record<TaskState, number>;
export type Failure = NonNullable<Task['error']>;

export type TaskQuery = InferRequestType<Api['tasks']['retry']['$post']>['query'];
