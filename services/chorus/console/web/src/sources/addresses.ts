import type { Source } from "../api/chorus/api/ingest/v1/ingest_pb.js";

/** Where people or machines bring posts to a source; empty where Chorus fetches them itself. */
export function publicAddress({ brand, source, connector }: Pick<Source, "brand" | "source" | "connector">, publicUrl: string): string {
  const base = publicUrl.replace(/\/$/, "");
  switch (connector) {
    case "upload":
      return `${base}/${brand}/share?source=${source}`;
    case "webhook":
      return `${base}/v1/${brand}/sources/${source}/posts`;
    default:
      return "";
  }
}
