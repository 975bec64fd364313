// Compiles protos/ into src/api (in no commit) with the protoc of the Python side, so that one compiler reads them all.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const protos = join(root, "protos");
const out = join(here, "src/api");

const venv = join(root, ".venv/bin/python");
const python = process.env.CHORUS_PYTHON ?? (existsSync(venv) ? venv : "python3");

/** Every proto below the folder but the events, which no browser ever sees. */
const files = readdirSync(protos, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".proto") && !name.includes("/events/"))
  .map((name) => relative(protos, join(protos, name)))
  .sort();

/** Where the Python side keeps google/rpc, whose messages say why a call was refused. */
const asked = spawnSync(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], { encoding: "utf8" });
const common = asked.stdout?.trim() ?? "";

mkdirSync(out, { recursive: true });
const done = spawnSync(
  python,
  [
    "-m",
    "grpc_tools.protoc",
    `-I${protos}`,
    `-I${common}`,
    `--plugin=protoc-gen-es=${join(here, "node_modules/.bin/protoc-gen-es")}`,
    `--es_out=${out}`,
    "--es_opt=target=ts",
    "--es_opt=import_extension=js",
    ...files,
    "google/rpc/error_details.proto",
  ],
  { stdio: "inherit" },
);
if (done.error) {
  console.error(`cannot run ${python}: run "uv sync" at the top of the checkout first`);
}
process.exit(done.status ?? 1);
