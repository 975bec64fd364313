import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ContactPolicy } from "../api/chorus/api/rights/v1/contact_pb.js";
import { type Refusal, refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { base, controls } from "../ui/base.js";
import "../ui/dialog.js";
import { failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "./preview.js";
import { filledInPublic } from "./request.js";

const SOMEBODY = "@mira@mastodon.example";

interface Usual {
  hashtag: string;
  reply: string;
  brandName: string;
  /** The one that is set first, since a browser may not know it; in one order, whatever is chosen. */
  zones: string[];
}

/** How the brand keeps in touch with creators: how often at most, when not, and how it asks in public. */
@customElement("c-contact-policy")
export class ContactPolicyForm extends LitElement {
  @property() brand = "";
  @property({ type: Boolean }) mayAct = false;
  @state() private policy?: ContactPolicy;
  @state() private why?: Refusal;
  private readonly read = new Load<Usual>(this, () => this.usual());

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
  }

  private async usual(): Promise<Usual> {
    const { brands, rights } = house();
    const [found, brand] = await Promise.all([rights.getContactPolicy({ brand: this.brand }), brands.getBrand({ brand: this.brand }).catch(() => undefined)]);
    this.policy = found.policy;
    const zones = [...new Set([found.policy?.timeZone ?? "UTC", "UTC", ...Intl.supportedValuesOf("timeZone")])];
    return { hashtag: found.usualHashtag, reply: found.usualReply, brandName: brand?.displayName || this.brand, zones };
  }

  private readonly keep = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    this.why = undefined;
    try {
      await persist(() => house().rights.setContactPolicy({ brand: this.brand, policy: this.policy, requestId: newRequestId() }));
      say({ text: "Kept" });
      this.dispatchEvent(new Event("close"));
    } catch (error) {
      this.why = refusal(error);
    }
  };

  private put(change: Omit<Partial<ContactPolicy>, "$typeName">): void {
    this.policy = this.policy && { ...this.policy, ...change };
  }

  override render() {
    return html`<c-dialog heading="Keeping in touch" @close=${() => this.dispatchEvent(new Event("close"))}>
      ${this.body()}
      <div slot="actions">
        ${this.mayAct
          ? html`<button class="primary" ?disabled=${!this.policy} @click=${() => this.renderRoot.querySelector("form")?.requestSubmit()}>Keep</button>`
          : html`<span class="faint">A rights manager can change this.</span>`}
      </div>
    </c-dialog>`;
  }

  private body() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading" || !this.policy) {
      return html`<div class="stack">${skeletons(4)}</div>`;
    }
    return this.form(this.policy, now.value);
  }

  private form(policy: ContactPolicy, usual: Usual) {
    const text = (name: "hashtag" | "reply" | "timeZone" | "quietFrom" | "quietUntil") => (event: Event) => this.put({ [name]: (event.target as HTMLInputElement).value });
    const amount = (name: "most" | "days") => (event: Event) => this.put({ [name]: Number((event.target as HTMLInputElement).value) });
    const reply = policy.reply || usual.reply;
    return html`<form class="stack" @submit=${this.keep}>
      <fieldset ?disabled=${!this.mayAct}>
        <legend>How often at most</legend>
        <div class="line">
          <label><span class="sr">Questions and reminders</span><input type="number" min="0" max="1000" required .value=${String(policy.most)} @input=${amount("most")} /></label>
          <span>questions and reminders to one creator in</span>
          <label><span class="sr">Days</span><input type="number" min="1" max="365" required .value=${String(policy.days)} @input=${amount("days")} /></label>
          <span>days</span>
        </div>
        <p class="hint">Whichever way they go; 0 is as many as you like. Who does not want to be asked is never asked.</p>
        ${this.wrong("most")}${this.wrong("days")}
      </fieldset>
      <fieldset ?disabled=${!this.mayAct}>
        <legend>No e-mail leaves</legend>
        <div class="line">
          <span>from</span>
          <label><span class="sr">From</span><input type="time" required .value=${policy.quietFrom} @input=${text("quietFrom")} /></label>
          <span>to</span>
          <label><span class="sr">To</span><input type="time" required .value=${policy.quietUntil} @input=${text("quietUntil")} /></label>
          <label class="wide"><span class="sr">Time zone</span>
            <select @change=${text("timeZone")}>${usual.zones.map((zone) => html`<option ?selected=${zone === policy.timeZone}>${zone}</option>`)}</select>
          </label>
        </div>
        ${this.wrong("quiet_from")}${this.wrong("quiet_until")}${this.wrong("time_zone")}
      </fieldset>
      <label>Reminders by e-mail, days after the question
        <input inputmode="numeric" autocomplete="off" ?disabled=${!this.mayAct} .value=${policy.reminders.join(", ")} @change=${(event: Event) => this.put({ reminders: days((event.target as HTMLInputElement).value) })} />
        <span class="hint">At most three, as 7, 14; none where it is empty, and none after an answer.</span>
        ${this.wrong("reminders")}
      </label>
      <label>Hashtag that says yes in public
        <input autocomplete="off" maxlength="61" placeholder=${usual.hashtag} ?disabled=${!this.mayAct} .value=${policy.hashtag} @input=${text("hashtag")} />
        ${this.wrong("hashtag")}
      </label>
      <label>Words for the public
        <textarea rows="3" maxlength="500" placeholder=${usual.reply} ?disabled=${!this.mayAct} .value=${policy.reply} @input=${text("reply")}></textarea>
        <span class="hint">{creator}, {brand}, {hashtag} and {code} are filled in; never a link.</span>
        ${this.wrong("reply")}
      </label>
      <c-preview open .creators=${[SOMEBODY]} .texts=${[filledInPublic(reply, SOMEBODY, usual.brandName, policy.hashtag || usual.hashtag)]}></c-preview>
      ${this.why ? html`<p class="wrong" role="alert">${this.why.message}</p>` : nothing}
    </form>`;
  }

  private wrong(field: string) {
    return this.why?.fields[field] ? html`<span class="wrong" role="alert">${this.why.fields[field]}</span>` : nothing;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      fieldset {
        display: grid;
        gap: var(--space-1);
      }
      legend {
        padding: 0 0 var(--space-1);
        font-weight: var(--weight-strong);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      .line input[type="number"] {
        inline-size: 4.5rem;
      }
      .line input[type="time"] {
        inline-size: 8.5rem;
      }
      .wide {
        flex: 1 1 10rem;
      }
    `,
  ];
}

/** Days as people write them: "7, 14". What is no number is left for rights to refuse. */
const days = (text: string): number[] =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((each) => Number.parseInt(each, 10) || 0);
