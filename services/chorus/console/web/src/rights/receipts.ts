import { Download, ExternalLink } from "lucide";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { GetReceiptsResponse, Receipt } from "../api/chorus/api/rights/v1/rights_pb.js";
import { house } from "../app/house.js";
import { Load, Poll } from "../app/load.js";
import { count } from "../app/words.js";
import { base, controls } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import { saveJson } from "../ui/save.js";
import { failed, skeletons, states } from "../ui/states.js";
import "../ui/time.js";

/** What docs/receipts.md says that a receipt holds, as far as it is shown here. */
export interface ReceiptDocument {
  receipt: {
    log: string;
    kind: string;
    withheld?: number;
    details: { basis?: string; given_on?: string; attested_by?: string; proof?: { sha256: string }; scope?: { uses: string[]; paid_promotion: boolean; territories: string[]; derivatives: boolean; exclusive?: boolean }; terms?: { name: string; version: number; sha256: string }; pictures_sha256?: string[] };
  };
  evidence: { leaf: number; proof: string[]; checkpoint: string };
}

const KINDS: Record<string, string> = {
  granted: "Allowed",
  declined: "Declined",
  revoked: "Taken back",
  expired: "Run out",
  narrowed: "Narrowed",
  erased: "Erased",
  standing_ended: "Standing consent ended",
  attested: "Attested by the brand",
  ended: "Ended by the brand",
};

/** How many entries the log had when its checkpoint was signed: the note's second line. */
export const checkpointSize = (checkpoint: string): number => Number(checkpoint.split("\n")[1] ?? 0);

/** What proves a post's grants, for rights managers: shown in short, to save, and to check where nobody needs to be asked. */
@customElement("c-receipts")
export class Receipts extends LitElement {
  @property() brand = "";
  @property() post = "";
  private readonly read = new Load<GetReceiptsResponse>(this, () => house().rights.getPostReceipts({ brand: this.brand, post: this.post }));

  constructor() {
    super();
    new Poll(this, 2000, () => this.read.now.value?.waiting && void this.read.again({ keep: true }));
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("post")) {
      void this.read.again();
    }
  }

  /** Reads again, for example after something was decided. */
  refresh(): void {
    void this.read.again({ keep: true });
  }

  override render() {
    const { now } = this.read;
    if (now.state === "error") {
      return failed(now.why, () => void this.read.again());
    }
    if (now.state === "loading") {
      return html`<div class="stack">${skeletons(1)}</div>`;
    }
    const { receipts, waiting } = now.value;
    return html`<div class="stack">
      ${receipts.map((receipt) => this.receipt(receipt, JSON.parse(receipt.document) as ReceiptDocument))}
      ${waiting ? html`<p class="soft" role="status">One more is being signed.</p>` : nothing}
      ${receipts.length === 0 ? html`<p class="soft">${waiting ? nothing : "Nothing was decided yet, so there is nothing to prove."}</p>` : this.check()}
    </div>`;
  }

  private receipt(receipt: Receipt, { receipt: said, evidence }: ReceiptDocument) {
    const { scope, terms, proof, pictures_sha256: pictures = [] } = said.details;
    return html`<section class="card">
      <div class="row spread"><h3>${KINDS[said.kind] ?? said.kind} <c-time class="faint" .at=${receipt.at}></c-time></h3><button @click=${() => saveJson(`receipt-${receipt.kind}-${this.post}.json`, receipt.document)}>${icon(Download)}Save as JSON</button></div>
      <dl>
        ${scope ? html`<dt>Scope</dt><dd>${[scope.uses.join(", "), scope.paid_promotion ? "also paid" : "unpaid", scope.territories.join(", ") || "worldwide", scope.derivatives ? "may be changed" : "unchanged", scope.exclusive ? "nobody else" : "others too"].join("; ")}</dd>` : nothing}
        ${proof ? html`<dt>Says</dt><dd>${said.details.attested_by}, by ${said.details.basis?.replace("_", " ")} of ${said.details.given_on}</dd><dt>Proof</dt><dd><code>${proof.sha256}</code></dd>` : nothing}
        ${terms ? html`<dt>Terms</dt><dd>${terms.name}, version ${terms.version}<code>${terms.sha256}</code></dd>` : nothing}
        ${pictures.length > 0 ? html`<dt>Pictures</dt><dd>${pictures.map((hash) => html`<code>${hash}</code>`)}</dd>` : nothing}
        <dt>Entry</dt><dd>${evidence.leaf.toLocaleString()} of ${said.log}</dd>
        <dt>Inclusion</dt><dd>Proved by ${count(evidence.proof.length, "hash", "hashes")}, in the checkpoint of ${count(checkpointSize(evidence.checkpoint), "entry", "entries")}</dd>
        ${said.withheld ? html`<dt>Left out</dt><dd>${said.withheld} details that tell who the creator is: only the creator’s own receipt holds them</dd>` : nothing}
      </dl>
    </section>`;
  }

  private check() {
    const { publicUrl } = house().session;
    return html`<p class="faint">Check a saved receipt against the published keys, in a page that asks nobody, or by <code class="word">chorus-verify</code>:</p>
      <div class="row">
        <a class="button" target="_blank" rel="noreferrer" href=${`${publicUrl}/evidence/verify`}>${icon(ExternalLink)}Check it</a>
        <a class="button" target="_blank" rel="noreferrer" href=${`${publicUrl}/evidence/keys.json`}>${icon(ExternalLink)}The keys</a>
      </div>`;
  }

  static override styles = [
    base,
    controls,
    states,
    css`
      .card {
        display: grid;
        gap: var(--space-3);
      }
      dl {
        display: grid;
        grid-template-columns: 4.5rem minmax(0, 1fr);
        gap: var(--space-2) var(--space-3);
      }
      dt {
        color: var(--ink-faint);
        font-size: var(--text-12);
      }
      code {
        display: block;
        overflow-wrap: anywhere;
        color: var(--ink-faint);
        font: var(--text-12) / var(--leading) var(--font-mono);
      }
      code.word {
        display: inline;
      }
    `,
  ];
}
