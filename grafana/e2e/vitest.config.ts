import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: [process.env.MEASURE ? '*.measure.ts' : '*.test.ts'],
    globalSetup: './stack.ts',
    // One stack and one incident: the walk goes in the order in which a person would.
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 400_000,
    // A busy machine may miss a wait once; what is wrong is wrong twice.
    retry: 1,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
