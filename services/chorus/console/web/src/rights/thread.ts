import { BellRing, CalendarCheck, CalendarX, CircleCheck, CircleX, Hand, Link, Mail, MailCheck, MailWarning, MailX, MessageCircleHeart, MessageCircleQuestion, Replace, RotateCcw, Scissors, Stamp, TimerOff, Undo2, UserCheck, UsersRound } from "lucide";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type Grant, type RightsRequest, type Thread, type ThreadEvent, ThreadKind } from "../api/chorus/api/rights/v1/rights_pb.js";
import { dateOf, day, scopeInWords, termInWords } from "../app/words.js";
import { postAddress } from "../app/router.js";
import { base } from "../ui/base.js";
import { icon } from "../ui/icon.js";
import "../ui/time.js";
import { sentence } from "./words.js";

const SIGNS: Record<number, typeof CircleCheck> = {
  [ThreadKind.ASKED]: MessageCircleQuestion,
  [ThreadKind.LINKED]: Link,
  [ThreadKind.GRANTED]: CircleCheck,
  [ThreadKind.NARROWED]: Scissors,
  [ThreadKind.DECLINED]: CircleX,
  [ThreadKind.LAPSED]: MailX,
  [ThreadKind.SUPERSEDED]: Replace,
  [ThreadKind.REVOKED]: Undo2,
  [ThreadKind.EXPIRED]: TimerOff,
  [ThreadKind.ANSWERED_IN_PUBLIC]: MessageCircleHeart,
  [ThreadKind.MAILED]: Mail,
  [ThreadKind.MAIL_FAILED]: MailWarning,
  [ThreadKind.REMINDED]: BellRing,
  [ThreadKind.SAID_YES]: UsersRound,
  [ThreadKind.GUARDIAN_AGREED]: UserCheck,
  [ThreadKind.PERSON_AGREED]: UserCheck,
  [ThreadKind.ATTESTED]: Stamp,
  [ThreadKind.ATTESTATION_ENDED]: Undo2,
  [ThreadKind.STANDING_GIVEN]: CalendarCheck,
  [ThreadKind.STANDING_ENDED]: CalendarX,
  [ThreadKind.STANDING_OVER]: TimerOff,
  [ThreadKind.CLAIMED]: Hand,
  [ThreadKind.LINK_MAILED]: MailCheck,
  [ThreadKind.CLAIM_CLOSED]: CircleCheck,
  [ThreadKind.CLAIM_REOPENED]: RotateCcw,
  [ThreadKind.TAKEN_DOWN]: CircleX,
};

/** What was sent and answered about a post, the oldest first. */
@customElement("c-thread")
export class RightsThread extends LitElement {
  @property() brand = "";
  @property({ attribute: false }) thread!: Thread;

  override render() {
    const { events, requests, grants } = this.thread;
    const asked = new Map(requests.map((request) => [request.request, request]));
    const given = new Map(grants.map((grant) => [grant.grant, grant]));
    return html`<ol aria-label="Thread">
      ${events.map((event) => this.event(event, asked.get(event.subject), given.get(event.subject)))}
    </ol>
    <p class="faint">Of links that people send, Chorus knows when one was made, and not when it was sent. Nor does it note whether a link was opened: programs that scan messages open links too.</p>`;
  }

  private event(event: ThreadEvent, request?: RightsRequest, grant?: Grant): TemplateResult {
    const sign = SIGNS[event.kind];
    return html`<li>
      <span class="sign">${sign ? icon(sign) : nothing}</span>
      <div class="what">
        <p><strong>${sentence(event, grant)}</strong> <c-time class="faint" .at=${event.at}></c-time></p>
        ${event.kind === ThreadKind.ASKED && request ? this.asked(event, request) : nothing}
        ${event.kind === ThreadKind.MAIL_FAILED ? html`<p class="faint">${event.detail}</p>` : nothing}
        ${event.saidIn ? html`<p><a href=${postAddress(this.brand, event.saidIn)}>Open what was said</a></p>` : nothing}
        ${event.scope ? html`<p>${scopeInWords(event.scope)}</p>` : nothing}
        ${(event.kind === ThreadKind.GRANTED || event.kind === ThreadKind.ATTESTED) && grant ? this.granted(grant) : nothing}
        ${event.kind === ThreadKind.ATTESTATION_ENDED && grant?.attestation?.endReason ? html`<blockquote>${grant.attestation.endReason}</blockquote>` : nothing}
      </div>
    </li>`;
  }

  private asked(event: ThreadEvent, request: RightsRequest): TemplateResult {
    const until = dateOf(request.windowEndsAt);
    const later = dateOf(request.standing?.until);
    return html`<p>${scopeInWords(request.scope)}, ${termInWords(request.days)}${later ? `; also for what they post until ${day(later)}` : ""}</p>
      ${shownOn(request.surfaces)}
      <p class="faint">Under ${request.terms}, version ${request.termsVersion}${until ? `; to be answered until ${day(until)}` : ""}</p>
      ${event.message ? html`<blockquote>${event.message}</blockquote>` : nothing}`;
  }

  private granted(grant: Grant): TemplateResult {
    const until = dateOf(grant.validUntil);
    return html`${shownOn(grant.surfaces)}
      <p class="faint">${until ? `Until ${day(until)}` : "Without end"}${grant.credit ? `, named as ${grant.credit}` : ""}</p>`;
  }

  static override styles = [
    base,
    css`
      ol {
        display: grid;
      }
      li {
        display: grid;
        grid-template-columns: 1.5rem minmax(0, 1fr);
        gap: var(--space-3);
      }
      .sign {
        display: grid;
        justify-items: center;
        align-content: start;
        gap: var(--space-1);
        padding-block-start: 0.15rem;
        color: var(--ink-soft);
      }
      li:not(:last-child) .sign::after {
        content: "";
        inline-size: 1px;
        block-size: 100%;
        background: var(--line-strong);
      }
      li:not(:last-child) .sign {
        grid-template-rows: auto 1fr;
      }
      .what {
        display: grid;
        gap: var(--space-1);
        padding-block-end: var(--space-4);
      }
      blockquote {
        margin: 0;
        padding-inline-start: var(--space-3);
        border-inline-start: 3px solid var(--line);
        color: var(--ink-soft);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

function shownOn(surfaces: { title: string }[]) {
  return surfaces.length > 0 ? html`<p class="faint">Shown to appear on ${surfaces.map((surface) => surface.title).join(", ")}</p>` : nothing;
}
