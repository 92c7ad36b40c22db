/** Secrets, and what `npm start` sets: nothing that `wrangler.toml` could have. */
interface __BaseEnv_Env {
  /** Whoever has it may do everything. Without it a deployed service does nothing but show emoji. */
  ADMIN_TOKEN?: string;
  /** What tokens are hashed with; the `ADMIN_TOKEN` where it is not set. */
  TOKEN_KEY?: string;
  /** `true`: programs on the same machine need no token. */
  OPEN_TO_LOOPBACK?: string;
}
