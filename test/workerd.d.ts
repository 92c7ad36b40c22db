/// <reference types="@cloudflare/vitest-plugin/types" />

declare namespace Cloudflare {
  interface Env {
    /** What `vitest.config.mts` adds to the bindings of `wrangler.toml`. */
    MIGRATIONS: import('cloudflare:test').D1Migration[];
    FIXTURES: Record<string, string>;
    ARCHIVES: Record<string, string>;
    LIMIT_OF_THREE: RateLimit;
    FAULTS: string;
    FAULT_PLAN: string;
    FAULT_PAIRS: string;
    FAULT_SEED: string;
  }
}
