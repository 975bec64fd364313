import type { Interceptor, Transport } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import "../shell/shell.js";
import { openHouse } from "./house.js";
import type { Session } from "./session.js";
import { applyTheme } from "./theme.js";

/** Sends whoever is no longer signed in to the sign-in page. */
export const leaveWhenSignedOut: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) {
      location.assign("/sign-in");
    }
    throw error;
  }
};

/** Opens the house and shows it. */
export function start(transport: Transport, session: Session): void {
  applyTheme();
  openHouse(transport, session);
  document.body.replaceChildren(document.createElement("c-shell"));
}
