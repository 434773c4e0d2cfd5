import { defaultServerConditions } from "vite"
import { defineConfig } from "vitest/config"

// Tests run on the sources, un-built: `ssr.resolve.conditions` is the setting that counts for that.
const conditions = ["@reckoner/source", ...defaultServerConditions]
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: ["**/*.pg.test.ts", "**/node_modules/**", "**/dist/**"]
        }
      },
      {
        ...source,
        test: {
          name: "postgres",
          include: ["packages/*/src/**/*.pg.test.ts"],
          globalSetup: ["packages/adapters-pg/src/testing/globalSetup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000
        }
      },
      { ...source, test: { name: "doctest", include: [".doctest/**/*.test.ts"] } }
    ]
  }
})
