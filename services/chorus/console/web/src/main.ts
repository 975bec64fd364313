import { createConnectTransport } from "@connectrpc/connect-web";
import { readSession } from "./app/session.js";
import { leaveWhenSignedOut, start } from "./app/start.js";
import "../../../platform/design/tokens.css";
import "./page.css";

const PATIENCE = 15_000;

try {
  const session = await readSession();
  if (session) {
    start(createConnectTransport({ baseUrl: "/rpc", useBinaryFormat: true, defaultTimeoutMs: PATIENCE, interceptors: [leaveWhenSignedOut] }), session);
  } else {
    location.replace("/sign-in");
  }
} catch {
  document.body.textContent = "The console cannot be reached just now. Reload the page to try again.";
}
