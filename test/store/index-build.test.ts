import { describe, expect, test } from "bun:test";
import { type BuildSettings, planBuild } from "../../src/store/corpus/index-build.ts";

const SERVER: BuildSettings = {
  rows: 50_000,
  dimensions: 1_024,
  version: "0.8.2",
  megabytes: 64,
  workers: 2,
  chosen: false,
  workersMax: 8,
};
const planned = (of: Partial<BuildSettings>) => planBuild({ ...SERVER, ...of }, { megabytesMax: 1_024 });

describe("the build of an index on vectors", () => {
  test("gets memory for the graph, at most so much, and keeps what the server gives it anyway", () => {
    // 50,000 rows of 4 kB of numbers and 1 kB of links, and a fifth more.
    expect(planned({}).megabytes).toBe(293);
    expect(planned({ rows: 500_000 }).megabytes).toBe(1_024);
    expect(planned({ megabytes: 2_048 }).megabytes).toBe(2_048);
    // As halves.
    expect(planned({ dimensions: 2_048 }).megabytes).toBe(293);
    expect(planned({ rows: 24 }).megabytes).toBe(64);
    // What IVFFlat says that it needs is 30 MB.
    expect(planned({ rows: 24, dimensions: 1_536, megabytes: 16 }).megabytes).toBe(30);
  });

  test("gets half of the processes that there are for queries, and as many as somebody has said", () => {
    expect(planned({}).workers).toBe(4);
    expect(planned({ chosen: true }).workers).toBe(2);
    expect(planned({ chosen: true, workers: 0 })).toMatchObject({ workers: 0, whySerial: undefined });
    expect(planned({ workersMax: 2 }).workers).toBe(2);
    // PostgreSQL takes none that has less than 32 MB.
    expect(planned({ rows: 12_000, dimensions: 384 }).megabytes).toBe(160);
    expect(planned({ rows: 24 })).toMatchObject({ workers: 2, whateverBlocks: false });
  });

  test.each(["0.6.0", "0.7.4", "0.8.0", "0.8.1"])(
    "is made by one process with pgvector %s, which is said of a large one",
    (version) => {
      const { workers, whySerial } = planned({ version });
      expect(workers).toBe(0);
      expect(whySerial).toContain(`pgvector ${version} can write outside their memory (CVE-2026-3172)`);
      expect(whySerial).toEndWith("up to 5 processes would share the work");
      expect(planned({ version, rows: 24 })).toMatchObject({ workers: 0, whySerial: undefined });
      expect(planned({ version, chosen: true, workers: 0 }).whySerial).toBeUndefined();
    },
  );

  test.each(["0.5.1", "0.8.2", "0.8.10", "0.9.0", "1.0.0"])("is made by several with pgvector %s", (version) => {
    expect(planned({ version })).toMatchObject({ workers: 4, whySerial: undefined });
  });
});
