/// <reference types="@cloudflare/vitest-plugin/types" />

declare namespace Cloudflare {
  interface Env {
    /** What `vitest.config.mts` adds to the bindings of `wrangler.toml`. */
    MIGRATIONS: import('cloudflare:test').D1Migration[];
    FIXTURES: Record<string, string>;
    FAULTS: string;
    FAULT_PLAN: string;
    FAULT_PAIRS: string;
    FAULT_SEED: string;
  }
}
