import type { InferRequestType, InferResponseType } from 'hono/client';
import type { TaskState } from '../../domain/task.ts';
import type { taskApi } from '../shared/api.ts';

type Api = typeof taskApi;

export type Task = InferResponseType<Api['tasks']['$get'], 200>['data'][number];
export type Stats = InferResponseType<Api['stats']['$get'], 200>;
export type Consumer = InferResponseType<Api['consumer']['$get'], 200>;
export type Counts = Record<TaskState, number>;
export type Failure = NonNullable<Task['error']>;

/** In which order the API lists tasks. */
export type Sort = NonNullable<InferRequestType<Api['tasks']['$get']>['query']['sort']>;
export type TaskQuery = InferRequestType<Api['tasks']['retry']['$post']>['query'];
