import type { ReactiveController, ReactiveControllerHost } from "lit";
import { createKeybindingsHandler, type KeyBindingMap } from "tinykeys";

const WRITES = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** True while the person types into a field, where letters are letters. */
export function isWriting(event: KeyboardEvent): boolean {
  const at = event.composedPath()[0];
  if (!(at instanceof HTMLElement)) {
    return false;
  }
  const ticks = at instanceof HTMLInputElement && ["checkbox", "radio", "range"].includes(at.type);
  return (WRITES.has(at.tagName) && !ticks) || at.isContentEditable;
}

let covers = 0;

/** Dialogs cover the page: while one is open, the page's own keys rest. */
export function coverPage(): () => void {
  covers += 1;
  return () => {
    covers -= 1;
  };
}

/** The keys of one screen, for as long as it is shown. */
export class KeysController implements ReactiveController {
  private readonly handle: EventListener;

  constructor(host: ReactiveControllerHost, keys: KeyBindingMap) {
    this.handle = createKeybindingsHandler(Object.fromEntries(Object.entries(keys).map(([key, act]) => [key, quietly(act)])));
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener("keydown", this.handle);
  }

  hostDisconnected(): void {
    window.removeEventListener("keydown", this.handle);
  }
}

function quietly(act: (event: KeyboardEvent) => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (covers === 0 && !isWriting(event)) {
      event.preventDefault();
      act(event);
    }
  };
}
