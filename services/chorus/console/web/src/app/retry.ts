import { refusal } from "./errors.js";

const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 3000;

/** One id for one intention: however often the command is sent, it is done once. */
export const newRequestId = (): string => crypto.randomUUID();

/**
 * Sends a command until it is answered for good, for at most `patience` milliseconds.
 *
 * Only what may pass is sent again: a service that is away, or one that has not heard of the post yet. `alsoWaitFor`
 * names further reasons that are known to pass, such as NOT_APPROVED right after an approval.
 */
export async function persist<T>(
  send: () => Promise<T>,
  { patience = 8000, alsoWaitFor = [] as string[], pause = (ms: number) => new Promise<void>((r) => setTimeout(r, ms)) } = {},
): Promise<T> {
  let waited = 0;
  for (let next = FIRST_PAUSE; ; next = Math.min(next * 2, LONGEST_PAUSE)) {
    try {
      return await send();
    } catch (error) {
      const why = refusal(error);
      if (waited >= patience || !(why.passing || alsoWaitFor.includes(why.reason))) {
        throw error;
      }
    }
    await pause(next);
    waited += next;
  }
}
