"use strict";
// Checks a bundle of a contract ledger: files by name, as bytes, in; what was found out. No network, no library.

const K = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2);

const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** The SHA-256 of bytes, in hexadecimal (FIPS 180-4). */
function sha256(bytes) {
  const state = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
    0x5be0cd19);
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const near = words[i - 15], far = words[i - 2];
      words[i] = words[i - 16] + words[i - 7] + (turned(near, 7) ^ turned(near, 18) ^ (near >>> 3)) +
        (turned(far, 17) ^ turned(far, 19) ^ (far >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

const utf8 = new TextEncoder();
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));

function joined(first, ...parts) {
  const all = [Uint8Array.of(first), ...parts];
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) { bytes.set(part, at); at += part.length; }
  return bytes;
}

const leafOf = (content) => sha256(joined(0, utf8.encode(content)));
const nodeOver = (left, right) => sha256(joined(1, fromHex(left), fromHex(right)));
const commitment = (salt, text) => sha256(joined(2, fromHex(salt), utf8.encode(text)));

/** The roots of the trees over the first facts, for each of some sizes (RFC 9162, section 2.1). */
function rootsOf(leaves, sizes) {
  const wanted = new Set(sizes), found = new Map(), subtrees = [];
  const root = () => subtrees.length ? subtrees.reduceRight((right, left) => nodeOver(left, right)) : sha256(new Uint8Array());
  if (wanted.has(0)) found.set(0, root());
  leaves.forEach((leaf, index) => {
    let whole = leaf;
    for (let size = index; size % 2 === 1; size = (size - 1) / 2) whole = nodeOver(subtrees.pop(), whole);
    subtrees.push(whole);
    if (wanted.has(index + 1)) found.set(index + 1, root());
  });
  return found;
}

const stateIn = (content) => JSON.parse(content.slice(content.indexOf("\n") + 1));

function lines(text) {
  return text.split("\n").filter((line) => line !== "");
}

/**
 * Check a bundle.
 * @param {Map<string, Uint8Array>} files - the files of the bundle by their names in it.
 * @param {string} kept - a head that was kept elsewhere, "SIZE ROOT"; may be empty.
 * @returns {{good: string[], bad: string[]}} what holds, and what does not.
 */
function check(files, kept) {
  const good = [], bad = [];
  const text = (name) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(files.get(name));
  if (!files.has("manifest.json")) return { good, bad: ["There is no manifest.json among the files."] };
  const manifest = JSON.parse(text("manifest.json"));
  const before = bad.length;
  for (const [name, told] of Object.entries(manifest.files)) {
    if (!files.has(name)) bad.push(`${name} is missing.`);
    else if (sha256(files.get(name)) !== told.sha256) bad.push(`${name} is not the file that the manifest names.`);
  }
  for (const name of files.keys()) {
    if (name !== "manifest.json" && !(name in manifest.files)) bad.push(`${name} is not in the manifest.`);
  }
  if (bad.length > before) return { good, bad };
  good.push(`${Object.keys(manifest.files).length} files are those that the manifest names.`);

  const leaves = lines(text("leaves.txt"));
  const facts = lines(text("facts.jsonl")).map((line) => JSON.parse(line));
  const contents = new Map(facts.map((fact) => [fact.position, fact.content]));
  const head = kept.trim() === "" ? null : kept.trim().match(/^(\d{1,15})\s+([0-9a-f]{64})$/);
  if (kept.trim() !== "" && !head) bad.push("The head that was kept is not a size and a root.");
  const reports = manifest.reports;
  const sizes = [manifest.head.size, ...reports.map((report) => report.position - 1), ...(head ? [Number(head[1])] : [])];
  const roots = rootsOf(leaves, sizes);

  if (leaves.length !== manifest.head.size || roots.get(leaves.length) !== manifest.head.root) {
    bad.push("The leaves do not give the head of the manifest.");
  } else good.push(`${leaves.length} leaves give the head ${manifest.head.root}.`);
  if (head) {
    if (roots.get(Number(head[1])) === head[2]) good.push(`The ledger extends the kept head of ${head[1]} facts.`);
    else bad.push(`The ledger does not extend the kept head of ${head[1]} facts.`);
  }
  checkFacts(facts, leaves, manifest.contract, good, bad);
  for (const report of reports) checkReport(report, contents, roots, files, good, bad);
  return { good, bad };
}

function checkFacts(facts, leaves, contract, good, bad) {
  const before = bad.length;
  let texts = 0;
  const erased = new Set(facts.filter((fact) => / TextErased /.test(fact.content.split("\n")[0])).flatMap((fact) =>
    stateIn(fact.content).fact.erases.flatMap((each) => each.fields.map((field) => `${each.id} ${field}`))));
  facts.forEach((fact, index) => {
    if (leafOf(fact.content) !== leaves[fact.position - 1]) {
      bad.push(`The fact at position ${fact.position} is not the one its leaf was made of.`);
      return;
    }
    const [, position, version, of] = fact.content.match(/^(\d+) (\d+) \S+ ([^\n]+)\n/) || [];
    if (Number(position) !== fact.position || Number(version) !== index + 1 || of !== contract) {
      bad.push(`The fact at position ${fact.position} is not fact ${index + 1} of the contract.`);
    }
    const sealed = stateIn(fact.content).fact;
    for (const [field, [salt, text]] of Object.entries(fact.opened || {})) {
      if (salt === null) {
        if (!erased.has(`${sealed.id} ${field}`)) {
          bad.push(`${field} of the fact at position ${fact.position} is gone, and no fact says that it was erased.`);
        }
        continue;
      }
      const stands = String(sealed[field] || "").split("/").pop();
      texts += 1;
      if (commitment(salt, text) !== stands) {
        bad.push(`${field} of the fact at position ${fact.position} is not the text that was taken.`);
      }
    }
  });
  if (bad.length === before) {
    good.push(`${facts.length} facts of the contract, none left out, are in the tree, and ${texts} texts are theirs.`);
  }
}

function checkReport(report, contents, roots, files, good, bad) {
  const content = contents.get(report.position);
  const state = content ? stateIn(content) : { fact: {} };
  if (state.fact.fact !== "ReportPublished" || state.fact.report !== report.report) {
    bad.push(`${report.report}: no fact at position ${report.position} says that it was published.`);
  } else if (state.head !== roots.get(report.position - 1)) {
    bad.push(`${report.report}: the facts before it do not give the head it was published under.`);
  } else if ((state.fact.digest || null) !== report.published_digest) {
    bad.push(`${report.report}: it was published with another digest.`);
  } else if (report.file && sha256(files.get(report.file)) !== report.digest) {
    bad.push(`${report.report}: ${report.file} has not its digest.`);
  } else if (report.published_digest && report.digest !== report.published_digest &&
      report.digest !== sinceErasure(contents, report.report)) {
    bad.push(`${report.report}: ${report.file} is not what was published, and no erasure explains it.`);
  } else {
    good.push(`${report.report} was published at position ${report.position}, under the head of the facts before it` +
      (report.file && report.digest === report.published_digest ? ", and is here as it was published." : "."));
  }
}

/** The digest that a report has since text was last erased from it. */
function sinceErasure(contents, report) {
  let found;
  for (const content of contents.values()) {
    if (/ TextErased /.test(content.split("\n")[0])) found = (stateIn(content).fact.reports || {})[report] || found;
  }
  return found;
}

if (typeof module !== "undefined") module.exports = { check, sha256, rootsOf };
