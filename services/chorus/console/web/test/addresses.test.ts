import { describe, expect, it } from "vitest";
import { State } from "../src/api/chorus/api/curation/v1/curation_pb.js";
import { address, parse } from "../src/app/router.js";
import { filterOf, orderOf, readView, writeView } from "../src/queue/filter.js";
import { publicAddress } from "../src/sources/addresses.js";

const at = (path: string) => parse(new URL(path, "http://console.example"));

describe("addresses", () => {
  it("name brand, place and post", () => {
    expect(at("/lumen/posts/p1")).toMatchObject({ brand: "lumen", page: "posts", id: "p1" });
    expect(at("/lumen/rights")).toMatchObject({ brand: "lumen", page: "rights", id: "" });
  });

  it("that name no place are the queue", () => {
    expect(at("/lumen/nowhere").page).toBe("queue");
    expect(at("/lumen/posts").page).toBe("queue");
    expect(at("/").brand).toBe("");
  });

  it("say only what differs from the first sight", () => {
    expect(address("lumen", "queue", writeView(readView(new URLSearchParams())))).toBe("/lumen/queue");
  });

  it("bring a view back as it was", () => {
    const query = "state=rejected&source=a%2Cb&lang=de&media=yes&q=warm+light&collection=spring&gone=1&sort=oldest";
    const written = address("lumen", "queue", writeView(readView(new URLSearchParams(query))));
    expect(readView(at(written).query)).toEqual(readView(new URLSearchParams(query)));
  });

  it("become the filter that curation knows", () => {
    const view = readView(new URLSearchParams("state=edited&media=no&source=a"));
    expect(filterOf(view)).toMatchObject({ states: [State.EDITED], hasMedia: false, sources: ["a"] });
    expect(filterOf(readView(new URLSearchParams("state=all"))).states).toEqual([]);
    expect(filterOf(readView(new URLSearchParams())).hasMedia).toBeUndefined();
    expect(orderOf(readView(new URLSearchParams("sort=oldest")))).not.toBe(orderOf(view));
  });

  it("tell where posts are brought to a source, and nothing where Chorus fetches them", () => {
    const source = { brand: "lumen", source: "shop" };
    expect(publicAddress({ ...source, connector: "webhook" }, "https://open.example/")).toBe("https://open.example/v1/lumen/sources/shop/posts");
    expect(publicAddress({ ...source, connector: "upload" }, "https://open.example")).toBe("https://open.example/lumen/share?source=shop");
    expect(publicAddress({ ...source, connector: "feed" }, "https://open.example")).toBe("");
  });
});
