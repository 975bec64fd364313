import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Poll } from "../app/load.js";
import { ago, dateOf, exactly } from "../app/words.js";

/** "2 h ago", kept true while it is shown, with the exact time on hover. */
@customElement("c-time")
export class Time extends LitElement {
  @property({ attribute: false }) at?: Timestamp;

  constructor() {
    super();
    new Poll(this, 30_000, () => this.requestUpdate());
  }

  override render() {
    const at = dateOf(this.at);
    return at ? html`<time datetime=${at.toISOString()} title=${exactly(at)}>${ago(at)}</time>` : "";
  }
}
