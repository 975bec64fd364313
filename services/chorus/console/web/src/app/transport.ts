import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

const PATIENCE = 15_000;

/** Sends whoever is no longer signed in to the sign-in page. */
const leaveWhenSignedOut: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) {
      location.assign("/sign-in");
    }
    throw error;
  }
};

/** The way to the services, through the gateway. */
export const connected = (fetch?: typeof globalThis.fetch): Transport =>
  createConnectTransport({ baseUrl: "/rpc", useBinaryFormat: true, defaultTimeoutMs: PATIENCE, interceptors: [leaveWhenSignedOut], fetch });
