import type { Transport } from "@connectrpc/connect";
import "../shell/shell.js";
import { openHouse } from "./house.js";
import type { Session } from "./session.js";
import { applyTheme } from "./theme.js";

/** Opens the house and shows it. */
export function start(transport: Transport, session: Session): void {
  applyTheme();
  openHouse(transport, session);
  document.body.replaceChildren(document.createElement("c-shell"));
}
