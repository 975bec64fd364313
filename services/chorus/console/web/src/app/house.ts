import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { Brands } from "../api/chorus/api/brands/v1/brands_pb.js";
import { Curation } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Ingest } from "../api/chorus/api/ingest/v1/ingest_pb.js";
import { Publishing } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { Rights } from "../api/chorus/api/rights/v1/rights_pb.js";
import type { Session } from "./session.js";

/** The five services as the signed-in member reaches them through the gateway, and who that member is. */
export interface House {
  brands: Client<typeof Brands>;
  ingest: Client<typeof Ingest>;
  curation: Client<typeof Curation>;
  rights: Client<typeof Rights>;
  publishing: Client<typeof Publishing>;
  session: Session;
}

let current: House | undefined;

/** Opens the house for the rest of the page's life; called once, before anything is shown. */
export function openHouse(transport: Transport, session: Session): House {
  current = {
    brands: createClient(Brands, transport),
    ingest: createClient(Ingest, transport),
    curation: createClient(Curation, transport),
    rights: createClient(Rights, transport),
    publishing: createClient(Publishing, transport),
    session,
  };
  return current;
}

export function house(): House {
  if (current === undefined) {
    throw new Error("the house is not open yet");
  }
  return current;
}
