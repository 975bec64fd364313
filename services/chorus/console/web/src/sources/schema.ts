import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** One setting of a connector, as its JSON Schema describes it. */
export interface Setting {
  name: string;
  label: string;
  hint: string;
  kind: "text" | "url" | "secret" | "number" | "boolean" | "choice" | "lines";
  choices: string[];
  required: boolean;
  start: string;
}

const object = (value: JsonValue | undefined): JsonObject => (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {});
const text = (value: JsonValue | undefined): string => (typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "");

/** "poll_minutes" as a person reads it. */
const plain = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

function kindOf(schema: JsonObject): Setting["kind"] {
  if (Array.isArray(schema.enum)) {
    return "choice";
  }
  if (schema.writeOnly === true || schema.format === "password") {
    return "secret";
  }
  if (schema.format === "uri") {
    return "url";
  }
  switch (schema.type) {
    case "boolean":
      return "boolean";
    case "integer":
    case "number":
      return "number";
    case "array":
      return "lines";
    default:
      return "text";
  }
}

/** The settings of a connector: what is needed first, then the rest. */
export function settingsOf(schema: JsonObject | undefined): Setting[] {
  const required = new Set(Array.isArray(schema?.required) ? schema.required.map(text) : []);
  const all = Object.entries(object(schema?.properties)).map(([name, value]): Setting => {
    const one = object(value);
    return {
      name,
      label: text(one.title) || plain(name),
      hint: text(one.description),
      kind: kindOf(one),
      choices: Array.isArray(one.enum) ? one.enum.map(text) : [],
      required: required.has(name),
      start: Array.isArray(one.default) ? one.default.map(text).join("\n") : text(one.default),
    };
  });
  return all.sort((one, other) => Number(other.required) - Number(one.required));
}

/** What was written into the form, as the connector expects it; what was left empty is left out. */
export function readSettings(settings: Setting[], said: FormData): JsonObject {
  const found: JsonObject = {};
  for (const { name, kind } of settings) {
    const value = String(said.get(name) ?? "").trim();
    if (kind === "boolean") {
      found[name] = said.get(name) !== null;
    } else if (value !== "") {
      found[name] = kind === "number" ? Number(value) : kind === "lines" ? value.split(/[\n,]+/).map((line) => line.trim()).filter(Boolean) : value;
    }
  }
  return found;
}
