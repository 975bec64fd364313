import { Role } from "../api/chorus/api/types/v1/access_pb.js";

/** A brand that the member belongs to, with the role held there. */
export interface Membership {
  brand: string;
  role: Role;
}

/** Who is signed in; the credential itself stays in a cookie that no script can read. */
export interface Session {
  email: string;
  displayName: string;
  memberships: Membership[];
  /** Where strangers' pages live: feeds, creators' links, upload pages. */
  publicUrl: string;
}

/** Asks the gateway who is signed in; null where nobody is. */
export async function readSession(): Promise<Session | null> {
  const answer = await fetch("/session", { headers: { accept: "application/json" } });
  if (answer.status === 401) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`the console did not answer (${answer.status})`);
  }
  return (await answer.json()) as Session;
}

/** True where the member holds at least `least` in the brand. */
export function may(session: Session, brand: string, least: Role): boolean {
  return session.memberships.some((held) => held.brand === brand && held.role >= least);
}

export async function signOut(): Promise<void> {
  await fetch("/sign-out", { method: "POST" });
  location.assign("/sign-in");
}
