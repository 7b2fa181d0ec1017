import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { name, version } from "../../package.json";
import { EXECUTABLE } from "../support/executable.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import { textOf } from "./blocks.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");
const read = async (file: string): Promise<unknown> => Bun.YAML.parse(await Bun.file(join(DEPLOY, file)).text());

/** What is in a manifest of Kubernetes; an entry that is misspelt is no entry. */
const container = z.object({
  image: z.string().endsWith(`/${name}:${version}`),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).default([]),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.object({
    readOnlyRootFilesystem: z.literal(true),
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal("ALL")]) }),
  }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })),
});
const pod = z.object({
  spec: z.object({
    securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.int(), fsGroup: z.int() }),
    containers: z.tuple([container]),
    volumes: z.array(z.looseObject({ name: z.string() })),
  }),
});
const job = z.object({
  template: pod,
  completionMode: z.string().optional(),
  completions: z.int().optional(),
  parallelism: z.int().optional(),
});
const manifests = z.array(
  z.union([
    z.object({ kind: z.enum(["PersistentVolumeClaim", "Service"]) }),
    z.object({
      kind: z.literal("CronJob"),
      spec: z.object({ concurrencyPolicy: z.literal("Forbid"), jobTemplate: z.object({ spec: job }) }),
    }),
    z.object({ kind: z.literal("Job"), spec: job }),
    z.object({ kind: z.literal("Deployment"), spec: z.object({ template: pod }) }),
  ]),
);

/** The jobs of kubernetes.yaml, and all of its pods. */
async function kubernetes() {
  const all = manifests.parse(await read("kubernetes.yaml"));
  const jobs = all.flatMap((entry) => {
    if (entry.kind === "CronJob") return [entry.spec.jobTemplate.spec];
    return entry.kind === "Job" ? [entry.spec] : [];
  });
  const pods = [
    ...jobs.map(({ template }) => template),
    ...all.flatMap((entry) => (entry.kind === "Deployment" ? [entry.spec.template] : [])),
  ];
  return { jobs, pods };
}

describe("kubernetes.yaml", () => {
  test("runs each pod as the image's user, with its root read-only and a place for what it keeps", async () => {
    const { pods } = await kubernetes();
    const image = await Bun.file(join(DEPLOY, "Containerfile")).text();
    expect(pods).toHaveLength(3);
    for (const { spec } of pods) {
      const { runAsUser, fsGroup } = spec.securityContext;
      expect(image).toContain(`\nUSER ${runAsUser}:${fsGroup}\n`);
      const mounts = spec.containers[0].volumeMounts;
      for (const { mountPath, readOnly = false } of mounts) expect(readOnly).toBe(mountPath === "/corpus");
      expect(mounts.map(({ mountPath }) => mountPath)).toEqual(expect.arrayContaining(["/state", "/tmp"]));
      expect(mounts.map((mount) => mount.name).toSorted()).toEqual(
        spec.volumes.map((volume) => volume.name).toSorted(),
      );
    }
  });

  test("starts runs by command lines that there are; of the Job each part once, and all at once", async () => {
    const { jobs } = await kubernetes();
    const calls = jobs.flatMap(({ template, completions = 1, parallelism = 1, completionMode = "NonIndexed" }) => {
      expect([parallelism, completionMode]).toEqual([completions, completions > 1 ? "Indexed" : "NonIndexed"]);
      const [{ command: [shell = "", flag = "", script = ""] = [], args }] = template.spec.containers;
      return Array.from({ length: completions }, (_, index) => {
        if (shell === "") return args.join(" ");
        const env = { ...process.env, JOB_COMPLETION_INDEX: String(index) };
        const said = Bun.spawnSync([shell, flag, script.replace(`exec ${name}`, "echo")], { env });
        return said.stdout.toString().trim();
      });
    });
    expect(calls).toEqual(["--quiet", ...[1, 2, 3, 4].map((part) => `--quiet --shard ${part}/4`)]);
    for (const call of calls)
      expect(parseCommandLine(call.split(" "), { interactiveTerminal: false }).command).toBe("ingest");
  });
});

test("compose.yaml runs the program without rights, and starts a run only when it is told to", async () => {
  const service = z.object({
    image: z.string(),
    read_only: z.boolean().optional(),
    cap_drop: z.array(z.string()).optional(),
    profiles: z.array(z.string()).optional(),
    shm_size: z.string().optional(),
    ports: z.array(z.string()).optional(),
    healthcheck: z.object({ test: z.array(z.string()) }).optional(),
    stop_grace_period: z.string().optional(),
  });
  const { services } = z
    .object({ services: z.object({ postgres: service, ollama: service, ingest: service, serve: service }) })
    .parse(await read("compose.yaml"));
  // What the README builds, or it would be looked for in a registry.
  const [, built = ""] = / --tag (\S+)/.exec(textOf("container")) ?? [];
  for (const { image, read_only, cap_drop } of [services.ingest, services.serve])
    expect([image, read_only, cap_drop]).toEqual([`\${BBJ_INGEST_ALL_IMAGE:-${built}}`, true, ["ALL"]]);
  expect(services.ingest.profiles).toEqual(["ingest"]);
  expect(services.serve.ports).toEqual(["127.0.0.1:8484:8484"]);
  expect(services.postgres.shm_size).toBe("1gb");
  // Docker gives 10 s otherwise, which is what an answer under way may take.
  expect(services.serve.stop_grace_period).toBe("15s");
  for (const watched of [services.postgres, services.ollama, services.serve]) expect(watched.healthcheck).toBeDefined();
});

test("the healthcheck of serve is content with 200 only", async () => {
  const { services } = z
    .object({ services: z.object({ serve: z.object({ healthcheck: z.object({ test: z.array(z.string()) }) }) }) })
    .parse(await read("compose.yaml"));
  const [kind, called, ...args] = services.serve.healthcheck.test;
  expect([kind, called]).toEqual(["CMD", name]);
  for (const status of [200, 503]) {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("{}", { status }) });
    const child = Bun.spawn([EXECUTABLE, ...args, "--port", String(server.port)], {
      ...{ env: { PATH: "/usr/bin:/bin" }, stdout: "ignore", stderr: "ignore" },
    });
    expect((await child.exited) === 0).toBe(status === 200);
  }
});
