/** How long finished tasks and their uploads are kept: `TASK_RETENTION_DAYS`, at least one day. */
export function retentionMs(env: Env): number {
  const days = Number(env.TASK_RETENTION_DAYS);
  if (!(days >= 1))
    throw new Error(`TASK_RETENTION_DAYS is "${env.TASK_RETENTION_DAYS}"; it must be a number of 1 or more`);
  return days * 86_400_000;
}

/** Origins whose pages may use the API: `CORS_ORIGINS`, written as browsers do, separated by commas; `*` is any. */
export function corsOrigins(env: Env): string[] {
  return env.CORS_ORIGINS.split(',').map((origin) => origin.trim());
}
