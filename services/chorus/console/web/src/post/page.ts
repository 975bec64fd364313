import { ArrowLeft, ImageOff, Undo2 } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Collection, type GetPostResponse, type QueuedPost, State } from "../api/chorus/api/curation/v1/curation_pb.js";
import { Role } from "../api/chorus/api/types/v1/access_pb.js";
import { refusal } from "../app/errors.js";
import { house } from "../app/house.js";
import { KeysController } from "../app/keys.js";
import { Load } from "../app/load.js";
import { newRequestId, persist } from "../app/retry.js";
import { address } from "../app/router.js";
import { may } from "../app/session.js";
import { nameOf } from "../app/words.js";
import { type ActionName, actions, sensible } from "../queue/actions.js";
import "../queue/collect.js";
import { stateLabel } from "../queue/filter.js";
import "../queue/reasons.js";
import "../rights/ask.js";
import "../rights/attest.js";
import { mayAttest } from "../rights/proof.js";
import { badges, base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { empty, failed, skeletons, states } from "../ui/states.js";
import { say } from "../ui/status.js";
import "./collections.js";
import "./explain.js";
import "./facts.js";
import type { PostFacts } from "./facts.js";
import "./pictures.js";
import { byline, text, wordStyles } from "./words.js";

/** One post with everything that is known of it, at an address of its own. */
@customElement("c-post-page")
export class PostPage extends LitElement {
  @property() brand = "";
  @property({ attribute: "post-id" }) override id = "";
  @state() private open: "" | "reasons" | "ask" | "attest" | "collect" = "";
  @state() private collections: Collection[] = [];
  private readonly read = new Load<GetPostResponse>(this, () => house().curation.getPost({ brand: this.brand, post: this.id }));

  constructor() {
    super();
    new KeysController(this, {
      a: () => this.act("approve"),
      r: () => this.act("reject"),
      e: () => this.act("escalate"),
      p: () => this.act("ask"),
      c: () => this.act("collect"),
      u: () => void this.undo(),
      Escape: () => history.back(),
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read.again();
    void this.readCollections();
  }

  private async readCollections(): Promise<void> {
    this.collections = await house().curation.listCollections({ brand: this.brand, pageSize: 100 }).then((answer) => answer.collections, () => []);
  }

  private get post(): QueuedPost | undefined {
    return this.read.now.value?.post;
  }

  private get mayAct(): boolean {
    return may(house().session, this.brand, Role.CURATOR);
  }

  private readonly act = (name: ActionName): void => {
    if (!this.mayAct || !this.post) {
      return;
    }
    if (name === "approve" || name === "escalate") {
      void this.decide(name === "approve" ? State.APPROVED : State.ESCALATED);
    } else {
      this.open = name === "reject" ? "reasons" : name;
    }
  };

  /** Shows the new state at once; a refusal brings the old one back with its reason. */
  private async run(shown: Partial<QueuedPost>, send: (post: QueuedPost) => Promise<unknown>): Promise<void> {
    const before = this.read.now.value;
    if (!before?.post) {
      return;
    }
    this.open = "";
    this.read.put({ ...before, post: { ...before.post, ...shown } });
    try {
      await send(before.post);
      await this.read.again({ keep: true });
    } catch (error) {
      this.read.put(before);
      say({ text: refusal(error).message, tone: "bad" });
    }
  }

  private decide(to: State, reason = ""): Promise<void> {
    return this.run({ state: to }, (post) => {
      const request = { brand: this.brand, posts: [{ post: post.post, revision: post.revision, seenDecision: post.decision }], state: to, reason, requestId: newRequestId() };
      return persist(() => house().curation.decide(request));
    });
  }

  private undo(): Promise<void> {
    return this.run({}, async (post) => {
      if (post.decision) {
        const request = { brand: this.brand, decisions: [post.decision], requestId: newRequestId() };
        await persist(() => house().curation.undo(request));
        say({ text: "Undone" });
      }
    });
  }

  override render() {
    const { now } = this.read;
    if (now.state === "error") {
      return now.why.reason === "NOT_FOUND" ? this.missing(now.why.message) : failed(now.why, () => void this.read.again());
    }
    return now.value?.post ? this.whole(now.value.post) : html`<div class="two">${skeletons(2)}</div>`;
  }

  /** Trying again would find nothing either: the way on is back. */
  private missing(message: string) {
    return empty(ImageOff, message, html`<a class="button" href=${address(this.brand, "queue")}>${icon(ArrowLeft)}Back to the queue</a>`);
  }

  private whole(post: QueuedPost) {
    const tone = { [State.APPROVED]: "ok", [State.REJECTED]: "bad", [State.ESCALATED]: "warn", [State.EDITED]: "warn" }[post.state as number] ?? "";
    return html`
      <div class="two">
        <div class="seen">
          <a class="button quiet back" href=${address(this.brand, "queue")}>${icon(ArrowLeft)}Queue</a>
          <c-post-pictures .post=${post} .brand=${this.brand} ?mayAct=${this.mayAct} @annotated=${() => void this.read.again({ keep: true })}></c-post-pictures>
        </div>
        <article class="stack">
          <h1>${nameOf(post.account)}</h1>
          <div class="row">
            <span class=${`badge ${tone}`}>${stateLabel(post.state)}</span>
            ${post.withdrawn ? html`<span class="badge bad">Gone at its source</span>` : nothing}
            ${post.reason && post.state === State.REJECTED ? html`<span class="faint">${post.reason}</span>` : nothing}
          </div>
          <div>${byline(post)}${text(post)}</div>
          ${this.mayAct ? this.buttons(post) : nothing}
          <c-post-facts .post=${post} .brand=${this.brand}>
            ${mayAttest(post, this.brand) ? html`<button slot="ask" @click=${() => this.act("attest")}>We have permission already</button>` : nothing}
          </c-post-facts>
          <c-post-collections .post=${post} .brand=${this.brand} .collections=${this.collections} ?mayAct=${this.mayAct} @changed=${() => void this.read.again({ keep: true })}></c-post-collections>
          <c-explain .post=${post.post} .brand=${this.brand} .version=${`${post.decision} ${post.state} ${post.collections.join()}`}></c-explain>
        </article>
      </div>
      ${this.dialogs(post)}
    `;
  }

  private buttons(post: QueuedPost) {
    const decided = post.state !== State.NEW && post.decision !== "";
    return html`<div class="row acts">
      ${actions(sensible(["approve", "reject", "escalate", "ask", "collect"], post.state), this.act)}
      ${decided ? html`<button class="quiet" @click=${() => void this.undo()}>${icon(Undo2)}Undo<kbd aria-hidden="true">U</kbd></button>` : nothing}
    </div>`;
  }

  private dialogs(post: QueuedPost) {
    const close = (): void => {
      this.open = "";
    };
    const again = (): void => {
      void this.read.again({ keep: true });
      void this.readCollections();
      this.renderRoot.querySelector<PostFacts>("c-post-facts")?.reload();
    };
    switch (this.open) {
      case "reasons":
        return html`<c-reasons @reason=${(event: CustomEvent<string>) => void this.decide(State.REJECTED, event.detail)} @close=${close}></c-reasons>`;
      case "ask":
        return html`<c-ask .brand=${this.brand} .posts=${[post]} @asked=${again} @close=${close}></c-ask>`;
      case "attest":
        return html`<c-attest .brand=${this.brand} .post=${post} @attested=${again} @close=${close}></c-attest>`;
      case "collect":
        return html`<c-collect .brand=${this.brand} .posts=${[post]} .collections=${this.collections} @collected=${again} @close=${close}></c-collect>`;
      default:
        return nothing;
    }
  }

  static override styles = [
    base,
    controls,
    badges,
    states,
    wordStyles,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      .two {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(20rem, 2fr);
        align-items: start;
        gap: var(--space-6);
        max-inline-size: 90rem;
        margin-inline: auto;
        padding: var(--space-4);
      }
      .two > .skeleton {
        block-size: 60vh;
      }
      .back {
        margin-block-end: var(--space-2);
      }
      .stack {
        gap: var(--space-5);
        padding-block: var(--space-2) var(--space-8);
      }
      @media (width < 60rem) {
        .two {
          grid-template-columns: minmax(0, 1fr);
        }
        .acts {
          position: sticky;
          inset-block: auto 0;
          z-index: 1;
          margin-inline: calc(-1 * var(--space-4));
          padding: var(--space-3) var(--space-4);
          background: var(--surface);
          border-block: 1px solid var(--line);
        }
        .acts kbd {
          display: none;
        }
      }
    `,
  ];
}
