import { CircleAlert, CircleCheck, Clock, Download, Info } from "lucide";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type Certificate, type Takedown, type TakedownConsumer, TakedownState, type TakedownSurface } from "../api/chorus/api/publishing/v1/publishing_pb.js";
import { house } from "../app/house.js";
import { Load, Poll } from "../app/load.js";
import { capital, dateOf, list, period, useName } from "../app/words.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { saveJson } from "../ui/save.js";
import "../ui/time.js";
import { toGo } from "./clock.js";
import { reasonWords } from "./reasons.js";

/** Where a post was taken down for its creator, or since its source ended it: what has confirmed that, and what has not. */
@customElement("c-takedowns")
export class Takedowns extends LitElement {
  @property() brand = "";
  @property() post = "";
  private readonly read = new Load<Takedown[]>(this, async () => (await house().publishing.listTakedowns({ brand: this.brand, post: this.post })).takedowns);

  constructor() {
    super();
    new Poll(this, 1000, () => this.running && this.requestUpdate());
    new Poll(this, 2000, () => this.running && void this.read.again({ keep: true }));
    new Poll(this, 15_000, () => void this.read.again({ keep: true }));
  }

  private get running(): boolean {
    return this.read.now.value?.some((each) => each.state === TakedownState.RUNNING) ?? false;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("post") || changed.has("brand")) {
      void this.read.again();
    }
  }

  override render() {
    const { now } = this.read;
    if (now.state === "error") {
      return html`<p class="faint">What was taken down is unknown just now.</p>`;
    }
    return now.value?.length ? html`<h3>Taken down</h3>${now.value.map((each) => this.takedown(each))}` : nothing;
  }

  private takedown(takedown: Takedown): TemplateResult {
    return html`<section class="card">
      <div class="row spread">
        <p><strong>${capital(reasonWords(takedown.cause))}</strong> <c-time class="faint" .at=${takedown.endedAt}></c-time></p>
        ${state(takedown)}
      </div>
      <ul>
        ${takedown.surfaces.map((each) => surface(each, takedown.state))}
        ${takedown.consumers.map((each) => consumer(each, takedown.state))}
      </ul>
      ${takedown.certificates.length > 0 ? html`<div class="row">${takedown.certificates.map((each) => this.certificate(takedown, each))}</div>` : nothing}
    </section>`;
  }

  private certificate(takedown: Takedown, { number, complete, document }: Certificate): TemplateResult {
    const name = `takedown-${takedown.takedown}-${number}.json`;
    return html`<button @click=${() => saveJson(name, document)}>${icon(Download)}Save certificate ${number}${complete ? nothing : ", not complete"}</button>`;
  }

  static override styles = [
    base,
    controls,
    badges,
    css`
      /* Its parts stand in the column around it, which has a gap for nothing where there are none. */
      :host {
        display: contents;
      }
      .card,
      ul {
        display: grid;
        gap: var(--space-3);
      }
      .line {
        display: grid;
        grid-template-columns: 1rem minmax(0, 1fr);
        gap: var(--space-2);
        color: var(--ink-soft);
      }
      .line.ok svg {
        color: var(--ok);
      }
      .line.warn svg {
        color: var(--warn);
      }
    `,
  ];
}

function state(takedown: Takedown): TemplateResult {
  switch (takedown.state) {
    case TakedownState.COMPLETE:
      return html`<span class="badge ok">All confirmed</span>`;
    case TakedownState.UNCONFIRMED:
      return html`<span class="badge warn">Not confirmed yet</span>`;
    case TakedownState.GIVEN_UP:
      return html`<span class="badge bad">Never confirmed</span>`;
    default:
      return html`<span class="badge" role="timer">${icon(Clock)}${toGo(takedown)}</span>`;
  }
}

function surface({ title, surface: name, address, shownFrom, shownUntil, confirmedAt, notRecallable }: TakedownSurface, of: TakedownState): TemplateResult {
  const [from, until] = [dateOf(shownFrom), dateOf(shownUntil)];
  const left = html`Left <c-time .at=${shownUntil}></c-time>`;
  return html`<li>
    <p>${title || name} ${address ? html`<span class="faint">${address.replace(/^https?:\/\//, "")}</span>` : nothing}</p>
    ${confirmedAt ? gone(html`Gone, looked at from outside <c-time .at=${confirmedAt}></c-time>`) : open(of, left, html`${left}, not confirmed from outside`)}
    ${notRecallable.length > 0 && from && until ? line(Info, "", `${list(notRecallable.map(useName))} of ${period(from, until)} cannot be called back`) : nothing}
  </li>`;
}

function consumer({ host, title, confirmedAt }: TakedownConsumer, of: TakedownState): TemplateResult {
  return html`<li>
    <p>Copies at ${host} ${title ? html`<span class="faint">${title}</span>` : nothing}</p>
    ${confirmedAt ? gone(html`Confirmed <c-time .at=${confirmedAt}></c-time>`) : open(of, "To be told", "Has not answered the withdrawal with 2xx")}
  </li>`;
}

const gone = (said: unknown): TemplateResult => line(CircleCheck, "ok", said);

/** What nothing has confirmed: before the bound that is no fault. */
function open(of: TakedownState, running: unknown, late: unknown): TemplateResult {
  return of === TakedownState.RUNNING ? line(Clock, "", running) : line(CircleAlert, "warn", late);
}

function line(sign: typeof Info, kind: string, said: unknown): TemplateResult {
  return html`<div class="line ${kind}">${icon(sign)}<span>${said}</span></div>`;
}
