// @ts-check
// Checks receipts and certificates of take-downs in the browser alone: what docs/receipts.md and docs/takedowns.md
// describe, as chorus-verify does it. Nothing is sent.

/** @typedef {{ kid: string, x: string, log: string }} Key */
/** @typedef {{ kind: string, brand: string, at: string, log: string, names: Record<string, string>, details: Record<string, unknown>, withheld?: number }} Receipt */
/** @typedef {{ proof: string[], checkpoint: string }} Proof */
/** @typedef {Proof & { entry: string, disclosures: string[], leaf: number, stamp?: Proof }} Evidence */
/** @typedef {{ origin: string, size: number, root: string }} Checkpoint */
/** @typedef {{ surface?: string, title: string, host?: string, confirmed_at: string | null, shown_from: string, shown_until: string, not_recallable?: string[] }} Part */
/** @typedef {{ version: number, cause: string, brand: string, names: Record<string, string>, ended_at: string, issued_at: string, number: number, complete: boolean, surfaces: Part[], consumers: Part[] }} Certificate */

const utf8 = new TextEncoder();

/** What this page says in its reader's language, by the English sentence. @type {Record<string, string>} */
const sentences = JSON.parse(document.getElementById("sentences")?.textContent ?? "{}");

/** @param {string} sentence @param {Record<string, unknown>} values */
function _(sentence, values = {}) {
  return (sentences[sentence] ?? sentence).replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name]));
}

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} */
function bytes(base64) {
  const plain = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} data */
function base64(data) {
  return btoa(Array.from(data, (each) => String.fromCharCode(each)).join(""));
}

/** @param {Uint8Array} data */
function base64url(data) {
  return base64(data).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {BufferSource} data */
function text(data) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
}

/** Canonical JSON, RFC 8785. @param {any} value @returns {string} */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${parts.join(",")}}`;
}

/** @param {...Uint8Array} parts */
async function sha256(...parts) {
  const whole = new Blob(/** @type {BlobPart[]} */ (parts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await whole.arrayBuffer()));
}

/** @param {string} x @param {Uint8Array<ArrayBuffer>} signature @param {string} data */
async function verifies(x, signature, data) {
  const key = await crypto.subtle.importKey("raw", bytes(x), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, utf8.encode(data));
}

/** @param {Record<string, any>} document @param {Key[]} keys @param {{ typ?: string }} kind */
async function checkSignature(document, keys, kind = {}) {
  const { signature, ...signed } = document;
  const [header, nothing, value, ...more] = signature.split(".");
  const payload = base64url(utf8.encode(canonical(signed)));
  const exact = nothing === "" && !more.length && base64url(bytes(value)) === value;
  for (const key of exact ? keys : []) {
    const mine = base64url(utf8.encode(canonical({ alg: "Ed25519", kid: key.kid, ...kind })));
    if (header === mine && (await verifies(key.x, bytes(value), `${header}.${payload}`))) return;
  }
  throw new Error(_("No known key has signed it as it is."));
}

/** @param {Receipt} receipt @param {Evidence} evidence */
async function checkEntry(receipt, evidence) {
  const content = bytes(evidence.entry);
  const entry = JSON.parse(text(content));
  const digests = await Promise.all(evidence.disclosures.map(async (each) => base64url(await sha256(utf8.encode(each)))));
  const [given, sealed] = [new Set(digests), new Set(entry.sd)];
  const known = given.size === digests.length && digests.every((each) => sealed.has(each));
  const all = given.size + (receipt.withheld ?? 0) === entry.sd.length;
  if (canonical(entry) !== text(content) || !known || !all) {
    throw new Error(_("The details are not those that the entry was made of."));
  }
  const disclosed = evidence.disclosures.map((each) => JSON.parse(text(bytes(each))));
  const details = Object.fromEntries(disclosed.map(([, name, value]) => [name, value]));
  if (Object.keys(details).length !== disclosed.length) throw new Error(_("A detail is named twice."));
  const recorded = { kind: entry.kind, brand: entry.brand, at: entry.at, details };
  const said = { kind: receipt.kind, brand: receipt.brand, at: receipt.at, details: receipt.details };
  if (canonical(said) !== canonical(recorded)) throw new Error(_("It says something else than the log's entry."));
  return sha256(Uint8Array.of(0), content);
}

/** @param {string} note @param {Key[]} keys @returns {Promise<Checkpoint>} */
async function readCheckpoint(note, keys) {
  const end = note.lastIndexOf("\n\n") + 1;
  const signed = note.slice(0, end);
  for (const line of note.slice(end + 1).split("\n")) {
    const [, name, signature] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    for (const key of signature ? keys.filter((each) => each.log === name) : []) {
      const id = (await sha256(utf8.encode(`${name}\n\u0001`), bytes(key.x))).slice(0, 4);
      const value = bytes(signature);
      if (base64(value.slice(0, 4)) !== base64(id) || !(await verifies(key.x, value.slice(4), signed))) continue;
      const [origin, size, root] = signed.split("\n");
      return { origin, size: Number(size), root };
    }
  }
  throw new Error(_("No known key has signed the checkpoint."));
}

/** A proof of inclusion, RFC 9162, 2.1.3.2. @param {Checkpoint} checkpoint @param {number} leaf @param {Uint8Array} hash @param {string[]} proof */
async function includes(checkpoint, leaf, hash, proof) {
  if (!Number.isInteger(leaf) || leaf < 0 || leaf >= checkpoint.size) return false;
  let [here, last, found] = [leaf, checkpoint.size - 1, hash];
  for (const sibling of proof.map(bytes)) {
    if (last === 0) return false;
    const right = here % 2 === 1 || here === last;
    found = await sha256(Uint8Array.of(1), ...(right ? [sibling, found] : [found, sibling]));
    while (right && here % 2 === 0 && here > 0) [here, last] = [here / 2, Math.floor(last / 2)];
    [here, last] = [Math.floor(here / 2), Math.floor(last / 2)];
  }
  return last === 0 && base64(found) === checkpoint.root;
}

/** Read a file as it was given out, to the letter. @param {string} file */
function read(file) {
  const document = JSON.parse(file);
  // A name that stands twice, of which JSON.parse keeps one, would read differently to somebody else.
  if (`${JSON.stringify(document, null, 2)}\n` !== file) throw new Error(_("The file is not as it was given out: save it again."));
  return document;
}

/** Check a certificate of a take-down; throws what is wrong with it. @param {Record<string, any>} document @param {Key[]} keys */
async function verifyCertificate(document, keys) {
  await checkSignature(document, keys, { typ: "chorus-takedown+jws" });
  /** @type {Certificate} */ const certificate = document.certificate;
  const confirmed = [...certificate.surfaces, ...certificate.consumers].every((each) => each.confirmed_at !== null);
  if (certificate.version !== 1 || certificate.complete !== confirmed) throw new Error(_("This is not a certificate that was given out."));
  return certificate;
}

/** Check all of a receipt; throws what is wrong with it. @param {Record<string, any>} document @param {Key[]} keys */
async function verify(document, keys) {
  await checkSignature(document, keys);
  /** @type {Receipt} */ const receipt = document.receipt;
  /** @type {Evidence} */ const evidence = document.evidence;
  const hash = await checkEntry(receipt, evidence);
  const checkpoint = await holding(evidence, evidence.leaf, hash, keys);
  if (checkpoint.origin !== receipt.log) throw new Error(_("Its checkpoint is another log's."));
  if (evidence.stamp) await holding(evidence.stamp, evidence.leaf, hash, keys);
  return { receipt, place: evidence.leaf, size: checkpoint.size, stamped: Boolean(evidence.stamp) };
}

/** Read a checkpoint whose log holds an entry. @param {Proof} proved @param {number} leaf @param {Uint8Array} hash @param {Key[]} keys */
async function holding(proved, leaf, hash, keys) {
  const checkpoint = await readCheckpoint(proved.checkpoint, keys);
  if (!(await includes(checkpoint, leaf, hash, proved.proof))) {
    throw new Error(_("The log that the checkpoint is of does not hold its entry."));
  }
  return checkpoint;
}

/** What a receipt is of. @type {Record<string, string>} */
const kinds = {
  granted: _("granted"),
  narrowed: _("narrowed"),
  declined: _("declined"),
  revoked: _("revoked"),
  expired: _("expired"),
  standing_ended: _("ended, of later posts"),
  erased: _("erased"),
  attested: _("attested by the brand"),
  ended: _("ended by the brand"),
};

/** @param {string} kind @param {string} words @param {Node[]} inside */
function element(kind, words = "", inside = []) {
  const made = document.createElement(kind);
  made.textContent = words;
  made.append(...inside);
  return made;
}

/** @param {string} name @param {string} words @param {boolean} sound */
function verdict(name, words, sound) {
  const line = element("p", `${sound ? "✓" : "✗"} ${words}`);
  line.className = sound ? "notice notice-ok" : "notice notice-warn";
  return [element("h2", name), line];
}

/** @param {File} file @param {Key[]} keys */
async function shown(file, keys) {
  let wrong = _("This is not a receipt that was given out.");
  try {
    const document = read(text(await file.arrayBuffer()));
    if (!document.certificate) return receiptShown(file.name, await verify(document, keys));
    wrong = _("This is not a certificate that was given out.");
    return certificateShown(file.name, await verifyCertificate(document, keys));
  } catch (error) {
    const known = error instanceof Error && error.constructor === Error;
    return element("section", "", verdict(file.name, known ? error.message : wrong, false));
  }
}

/** @param {string} name @param {{ receipt: Receipt, place: number, size: number, stamped: boolean }} found */
function receiptShown(name, { receipt, place, size, stamped }) {
  const whom = receipt.names.brand ?? receipt.brand;
  const kind = kinds[receipt.kind] ?? receipt.kind;
  const values = { kind, brand: whom, at: receipt.at, place, log: receipt.log, size };
  const words = _("Sound: %(kind)s, %(brand)s, %(at)s. Entry %(place)s of %(log)s, which had %(size)s.", values);
  const facts = Object.entries(receipt.details);
  if (receipt.withheld) facts.push(["withheld", `${receipt.withheld} more, known to the creator`]);
  const witness = _("It also has a time stamp of an authority. This page does not check who made it: chorus-verify does.");
  const more = stamped ? [element("p", witness)] : [];
  return element("section", "", [...verdict(name, words, true), ...more, listed(facts)]);
}

/** @param {string} name @param {Certificate} certificate */
function certificateShown(name, certificate) {
  const values = { brand: certificate.names.brand ?? certificate.brand, at: certificate.ended_at, number: certificate.number };
  const words = certificate.complete
    ? _("Sound: %(brand)s, not shown since %(at)s, and all of it confirmed gone. Certificate %(number)s.", values)
    : _("Sound: %(brand)s, not shown since %(at)s, but not all of it confirmed gone. Certificate %(number)s.", values);
  const parts = [...certificate.surfaces, ...certificate.consumers].flatMap(partFacts);
  const facts = listed([["cause", certificate.cause], ["issued at", certificate.issued_at], ...parts]);
  return element("section", "", [...verdict(name, words, true), facts]);
}

/** @param {Part} part @returns {[string, string][]} */
function partFacts(part) {
  const name = part.title || part.surface || part.host || "";
  const state = part.confirmed_at ? `confirmed gone ${part.confirmed_at}` : "not confirmed";
  const uses = part.not_recallable?.join(", ");
  if (!uses) return [[name, state]];
  return [[name, `${state}; ${uses} of ${part.shown_from} to ${part.shown_until} cannot be called back`]];
}

/** A document's own names and values, which are no part of the page's language. @param {[string, unknown][]} facts */
function listed(facts) {
  const lines = facts.flatMap(([name, value]) => [element("dt", name.replaceAll("_", " ")), element("dd", plain(value))]);
  const list = element("dl", "", lines);
  list.className = "facts";
  list.lang = "en";
  list.dir = "ltr";
  return list;
}

/** Write a value as people read it. @param {any} value @returns {string} */
function plain(value) {
  if (value === null || value === "") return "–";
  if (Array.isArray(value)) return value.map(plain).join(", ") || "–";
  if (typeof value !== "object") return String(value);
  return Object.entries(value).map(([name, part]) => `${name.replaceAll("_", " ")}: ${plain(part)}`).join("; ");
}

/** @param {string} id */
function files(id) {
  return [.../** @type {HTMLInputElement} */ (document.getElementById(id)).files ?? []];
}

async function able() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

async function check() {
  const results = /** @type {HTMLElement} */ (document.getElementById("results"));
  if (!(await able())) {
    const words = _("This browser cannot check signatures. Use a current one, over https or from your own disk, or chorus-verify.");
    results.replaceChildren(...verdict(_("Nothing was checked"), words, false));
    return;
  }
  const [keyFile] = files("keys");
  const receipts = files("receipts");
  if (!keyFile || !receipts.length) return;
  try {
    /** @type {Key[]} */ const keys = JSON.parse(await keyFile.text()).keys.slice();
    results.replaceChildren(...(await Promise.all(receipts.map((each) => shown(each, keys)))));
  } catch {
    results.replaceChildren(...verdict(keyFile.name, _("This is no file of keys: save /evidence/keys.json."), false));
  }
}

// A saved page has one language, the one it was saved in.
if (location.protocol === "file:") document.querySelector(".languages")?.remove();
document.addEventListener("change", () => void check());
