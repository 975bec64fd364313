import { create } from "@bufbuild/protobuf";
import { type BatchGetContactsResponse, BatchGetContactsResponseSchema, type Contact } from "../api/chorus/api/rights/v1/contact_pb.js";
import { house } from "../app/house.js";

/** As many as rights looks up at once. */
const MOST = 100;

/** How the creators of posts can be reached. Where that cannot be known just now, nothing is said of it. */
export async function reach(brand: string, posts: string[]): Promise<BatchGetContactsResponse> {
  const parts = Array.from({ length: Math.ceil(posts.length / MOST) }, (_, at) => posts.slice(at * MOST, (at + 1) * MOST));
  const answers = await Promise.all(parts.map((some) => house().rights.batchGetContacts({ brand, posts: some }))).catch(() => []);
  const [first] = answers;
  return create(BatchGetContactsResponseSchema, { mails: first?.mails, quietUntil: first?.quietUntil, contacts: answers.flatMap((answer) => answer.contacts) });
}

/** Where the creator of the one post that was looked up can be mailed, masked; empty where they cannot. */
export const mailable = (reached: BatchGetContactsResponse): string => (reached.mails && reached.contacts[0]?.email) || "";

/** An address as everybody sees it once it is kept: "m…@example.org". */
export function masked(email: string): string {
  const [name = "", domain = ""] = email.trim().split("@");
  return `${name.slice(0, 1)}…@${domain.toLowerCase()}`;
}

/** Those who may not be contacted now. */
export const barred = (contacts: Contact[]): Contact[] => contacts.filter((contact) => contact.barred);
