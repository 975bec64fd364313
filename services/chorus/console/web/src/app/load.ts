import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type Refusal, refusal } from "./errors.js";

export type Loaded<T> =
  | { state: "loading"; value?: undefined }
  | { state: "full"; value: T }
  | { state: "error"; why: Refusal; value?: undefined };

/** What one part of a screen reads: loading, full or refused, with the last good value kept while it is read again. */
export class Load<T> implements ReactiveController {
  now: Loaded<T> = { state: "loading" };
  private turn = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly read: () => Promise<T>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  /** Reads anew; an answer that a later reading has overtaken is dropped. */
  async again({ keep = false } = {}): Promise<void> {
    const turn = ++this.turn;
    if (!(keep && this.now.state === "full")) {
      this.now = { state: "loading" };
      this.host.requestUpdate();
    }
    const next = await this.outcome();
    if (turn === this.turn && !(keep && next.state === "error" && this.now.state === "full")) {
      this.now = next;
      this.host.requestUpdate();
    }
  }

  /** Puts a value that is known already, for example the answer to a command. */
  put(value: T): void {
    this.turn += 1;
    this.now = { state: "full", value };
    this.host.requestUpdate();
  }

  private async outcome(): Promise<Loaded<T>> {
    try {
      return { state: "full", value: await this.read() };
    } catch (error) {
      return { state: "error", why: refusal(error) };
    }
  }
}

/** Calls every so often while the screen is shown and looked at. */
export class Poll implements ReactiveController {
  private timer = 0;

  constructor(
    host: ReactiveControllerHost,
    private readonly every: number,
    private readonly act: () => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.timer = window.setInterval(() => document.hidden || this.act(), this.every);
  }

  hostDisconnected(): void {
    window.clearInterval(this.timer);
  }
}
