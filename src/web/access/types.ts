import type { InferResponseType } from 'hono/client';
import type { accessApi } from '../shared/api.ts';

type Api = typeof accessApi;

export type Token = InferResponseType<Api['tokens']['$get'], 200>['data'][number];
/** With its text, which is told once. */
export type MadeToken = InferResponseType<Api['tokens']['$post'], 201>;
export type AuditEntry = InferResponseType<Api['audit']['$get'], 200>['data'][number];
