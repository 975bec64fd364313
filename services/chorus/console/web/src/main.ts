import { readSession } from "./app/session.js";
import { start } from "./app/start.js";
import { connected } from "./app/transport.js";
import "../../../platform/design/tokens.css";
import "./page.css";

try {
  const session = await readSession();
  if (session) {
    start(connected(), session);
  } else {
    location.replace("/sign-in");
  }
} catch {
  document.body.textContent = "The console cannot be reached just now. Reload the page to try again.";
}
