import { type Client, createClient } from "@connectrpc/connect";
import { Rights } from "../api/chorus/api/rights/v1/rights_pb.js";
import { connected } from "./transport.js";

/** Rights, for one large request: tells again and again what share of it has left, from 0 to 1. */
export const rightsTelling = (tell: (share: number) => void): Client<typeof Rights> => createClient(Rights, connected(fetchTelling(tell)));

/** A fetch over XMLHttpRequest, since none of a browser's own tells how far its sending is. */
function fetchTelling(tell: (share: number) => void): typeof fetch {
  return (address, init = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(init.method ?? "GET", String(address));
      new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value));
      request.responseType = "arraybuffer";
      request.upload.onprogress = ({ loaded, total }) => tell(loaded / total);
      request.onload = () => resolve(answer(request));
      request.onerror = () => reject(new TypeError("the console cannot be reached"));
      request.onabort = () => reject(new DOMException("the call was given up", "AbortError"));
      init.signal?.addEventListener("abort", () => request.abort());
      request.send(init.body as XMLHttpRequestBodyInit);
    });
}

function answer(request: XMLHttpRequest): Response {
  const lines = request.getAllResponseHeaders().split("\r\n").filter(Boolean);
  const headers = lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  return new Response(request.response as ArrayBuffer, { status: request.status, headers });
}
