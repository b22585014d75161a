"use strict";
// Checks a bundle of a contract ledger: files by name, as bytes, go in; what was found comes out. No network, no library.

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

// Reading strictly: what is not exactly as the ledger writes it is refused, so that no two readers can differ on it.

const HASH = /^[0-9a-f]{64}$/, SALT = /^[0-9a-f]{32}$/, MONTH = /^\d{4}-(0[1-9]|1[0-2])$/, DEEPEST = 32;
const FREQUENCIES = { monthly: 1, quarterly: 3, "six-monthly": 6, annual: 12 };
const SEALED_BY = "manifest.sha256", MANIFEST = "manifest.json", LEAVES = "leaves.txt", FACTS = "facts.jsonl";
const OF_REPORT = ["as_at", "digest", "digest_in_force", "file", "head", "position", "published_digest", "report", "title"];

/** What was found that ends the reading, in a sentence. */
class DoesNotRead extends Error {}

const isText = (value) => typeof value === "string";
const isHash = (value) => isText(value) && HASH.test(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const own = (table, name) => Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined;
const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

function isPlain(value, deepest = DEEPEST) {
  if (isText(value)) return !/\p{Surrogate}/u.test(value);
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  const inside = Array.isArray(value) ? value : [...Object.keys(value), ...Object.values(value)];
  return deepest > 0 && inside.every((each) => isPlain(each, deepest - 1));
}

function strictJson(text) {
  const found = JSON.parse(text);
  if (!isPlain(found)) throw new TypeError("it has what does not read the same everywhere");
  return found;
}

function yearOf(text) {
  const given = /^((?:19|20|21)(\d\d))\/(\d\d)$/.exec(text);
  if (!given || (Number(given[2]) + 1) % 100 !== Number(given[3])) throw new TypeError("it is no financial year");
  return { first: `${given[1]}-04`, last: `${Number(given[1]) + 1}-03` };
}

function readManifest(bytes) {
  try {
    const text = textOf(bytes), raw = strictJson(text);
    yearOf(raw.financial_year);
    const texts = ["contract", "title", "financial_year", "as_at", "made_at", "code_version"];
    const listed = Object.keys(raw.files);
    const isReport = (each) => Object.keys(each).sort().join() === OF_REPORT.join() &&
      isText(each.report) && isText(each.title) && isText(each.as_at) && isCount(each.position) && isHash(each.head) &&
      [each.published_digest, each.digest_in_force].every((one) => one === null || isHash(one)) &&
      (each.file === null ? each.digest === null : isHash(each.digest) && listed.includes(each.file));
    if (raw.bundle === 1 && texts.every((name) => isText(raw[name])) && isCount(raw.facts) &&
        isCount(raw.head.size) && isHash(raw.head.root) && isTable(raw.files) &&
        listed.includes(LEAVES) && listed.includes(FACTS) && !listed.includes(MANIFEST) && !listed.includes(SEALED_BY) &&
        Object.values(raw.files).every((each) => isHash(each.sha256) && isCount(each.bytes)) &&
        Array.isArray(raw.reports) && raw.reports.every(isReport) && `${JSON.stringify(raw, null, 1)}\n` === text) {
      return raw;
    }
  } catch { /* said below */ }
  throw new DoesNotRead(`${MANIFEST} is not the manifest of a bundle of form 1`);
}

function readLeaves(bytes) {
  const lines = new TextDecoder("latin1").decode(bytes).split("\n");
  if (lines.pop() !== "" || !lines.every(isHash)) {
    throw new DoesNotRead(`${LEAVES} does not read back: it is not lines of 64 hexadecimal digits`);
  }
  return lines;
}

function readFacts(bytes) {
  let lines;
  try {
    lines = textOf(bytes).split("\n");
  } catch {
    throw new DoesNotRead(`${FACTS} does not read back: it is not UTF-8`);
  }
  if (lines.pop() !== "") throw new DoesNotRead(`${FACTS} does not read back: its last line has no end`);
  return lines.map((line, index) => {
    try {
      return readFact(line);
    } catch {
      throw new DoesNotRead(`${FACTS} does not read back: line ${index + 1} is not a fact`);
    }
  });
}

function readFact(line) {
  const raw = strictJson(line);
  const header = /^([1-9][0-9]{0,14}) ([1-9][0-9]{0,14}) ([^ \n]+) ([^\n]+)\n/.exec(raw.content);
  const opened = Object.entries(raw.opened === undefined ? {} : raw.opened);
  if (!isText(raw.content) || !header || !isCount(raw.position) || raw.position === 0 || JSON.stringify(raw) !== line ||
      !Object.keys(raw).every((name) => ["position", "content", "opened"].includes(name)) ||
      (raw.opened !== undefined && (!isTable(raw.opened) || opened.length === 0)) ||
      !opened.every(([, pair]) => Array.isArray(pair) && pair.length === 2 && (pair[0] === null || isText(pair[0]) && SALT.test(pair[0])) &&
        isText(pair[1]))) {
    throw new TypeError("it is not as it is written");
  }
  const [, position, version, kind, contract] = header;
  const state = strictJson(raw.content.slice(header[0].length)), fact = state.fact;
  if (fact.fact !== kind || fact.contract !== contract || state.position !== raw.position || !isText(fact.id) ||
      !isText(state.recorded_at) || !isOfKind(kind, fact)) {
    throw new TypeError("its content is not that of a fact");
  }
  return { position: raw.position, content: raw.content, opened, header: [position, version, kind, contract], state, fact };
}

function isOfKind(kind, fact) {
  if (kind === "ContractRegistered") {
    return fact.frequency === undefined || Object.keys(FREQUENCIES).includes(fact.frequency);
  }
  if (kind === "ReportPublished") {
    return [fact.first_period, fact.last_period].every((each) => isText(each) && MONTH.test(each)) &&
      isText(fact.report) && (fact.digest === undefined || isHash(fact.digest));
  }
  if (kind === "TextErased") {
    return Array.isArray(fact.erases) &&
      fact.erases.every((each) => isText(each.id) && Array.isArray(each.fields) && each.fields.every(isText)) &&
      (fact.reports === undefined || (isTable(fact.reports) && Object.values(fact.reports).every(isHash)));
  }
  return true;
}

/** A head that was kept: a line with size and root, the JSON of `head`, or the manifest of an earlier bundle. */
function readHead(kept) {
  const line = /^(\d{1,15})\s+([0-9a-f]{64})$/.exec(kept);
  if (line) return { size: Number(line[1]), root: line[2] };
  try {
    const raw = JSON.parse(kept);
    const head = raw.bundle === undefined ? raw : raw.head;
    if (isCount(head.size) && isHash(head.root) && (head === raw || (isCount(raw.facts) && isText(raw.contract)))) {
      return { size: head.size, root: head.root, contract: raw.contract, facts: raw.facts };
    }
  } catch { /* said below */ }
  throw new DoesNotRead("the head that was kept is not a size and a root, nor the manifest of a bundle");
}

// Checking. What is found is said in the words of the program, so that the two can be compared.

const leftBySystems = (name) => name.startsWith("__MACOSX/") ||
  /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/s.test(name.slice(name.lastIndexOf("/") + 1));

/**
 * Check a bundle.
 * @param {Map<string, Uint8Array>} files - the files of the bundle by their names in it.
 * @param {string} kept - a head that was kept elsewhere; may be empty.
 * @param {Object} erasable - for each kind of fact, which fields may be erased: "text" or "person" by field.
 * @returns {{good: string[], bad: string[], unproved: string[]}} what holds, what does not, what nothing here proves.
 */
function check(files, kept, erasable) {
  const found = { good: [], bad: [], unproved: [] };
  try {
    checkAll(files, kept, erasable, found);
  } catch (wrong) {
    found.bad.push(wrong instanceof DoesNotRead ? wrong.message : `the files do not read as a bundle (${wrong.message})`);
  }
  return found;
}

function add(found, whole, wrong) {
  found.bad.push(...wrong);
  if (wrong.length === 0) found.good.push(whole);
}

function checkAll(files, kept, erasable, found) {
  for (const name of [MANIFEST, SEALED_BY]) if (!files.has(name)) found.bad.push(`${name} is missing`);
  if (found.bad.length) return;
  if (new TextDecoder("latin1").decode(files.get(SEALED_BY)) !== `${sha256(files.get(MANIFEST))}  ${MANIFEST}\n`) {
    found.bad.push(`${MANIFEST} is not the file that ${SEALED_BY} names`);
    return;
  }
  const manifest = readManifest(files.get(MANIFEST));
  checkFiles(files, manifest, found);
  if (found.bad.length) return;
  const leaves = readLeaves(files.get(LEAVES)), facts = readFacts(files.get(FACTS));
  const head = kept.trim() === "" ? null : readHead(kept.trim());
  const sizes = [leaves.length, ...facts.map((fact) => fact.position - 1), ...(head ? [head.size] : [])];
  const roots = rootsOf(leaves, sizes);
  checkHead(manifest, leaves, facts, roots, head, found);
  checkFacts(manifest, leaves, facts, erasable, found);
  checkReports(manifest, facts, roots, files, found);
  const after = leaves.length - (facts.length ? facts[facts.length - 1].position : 0);
  if (after > 0) {
    found.unproved.push(`${after === 1 ? "1 leaf stands" : `${after} leaves stand`} after the last fact of ` +
      `${manifest.contract} here, and nothing shows whose facts they are of`);
  }
}

function checkFiles(files, manifest, found) {
  const listed = Object.keys(manifest.files), known = new Set([...listed, MANIFEST, SEALED_BY]);
  const unknown = [...files.keys()].filter((name) => !known.has(name));
  const passed = unknown.filter(leftBySystems);
  add(found, `${listed.length} files are those that the manifest names` +
    (passed.length ? `; passed over: ${passed.join(", ")}` : ""), [
    ...listed.filter((name) => !files.has(name)).map((name) => `${name} is missing`),
    ...unknown.filter((name) => !leftBySystems(name)).map((name) => `${name} is not in the manifest`),
    ...listed.filter((name) => files.has(name) && (sha256(files.get(name)) !== manifest.files[name].sha256 ||
      files.get(name).length !== manifest.files[name].bytes)).map((name) => `${name} is not the file that the manifest names`),
  ]);
}

function checkHead(manifest, leaves, facts, roots, head, found) {
  const size = leaves.length, root = roots.get(size);
  const stands = manifest.head.size === size && manifest.head.root === root;
  add(found, `${size} leaves give the head ${root}`, stands ? [] : ["the leaves do not give its head"]);
  if (!head) return;
  const named = `the kept head of ${head.size} facts`;
  const here = facts.filter((fact) => fact.position <= head.size).length;
  let problem = null;
  if (size < head.size) {
    const gone = size + 1 === head.size ? `position ${head.size}` : `positions ${size + 1} to ${head.size}`;
    problem = `${gone}: no longer there, and ${named} counts them`;
  } else if (roots.get(head.size) !== head.root) {
    problem = `positions 1 to ${head.size}: not what they were under ${named}; it does not tell which of them`;
  } else if (head.contract === manifest.contract && here !== head.facts) {
    problem = `${here} facts of ${head.contract} are here of the first ${head.size}, and the kept manifest counts ${head.facts}`;
  }
  add(found, `the ledger extends ${named}`, problem ? [problem] : []);
}

function checkFacts(manifest, leaves, facts, erasable, found) {
  const contract = manifest.contract, wrong = [];
  const erased = new Map(facts.filter((fact) => fact.header[2] === "TextErased").flatMap((fact) =>
    fact.fact.erases.flatMap((each) => each.fields.map((field) => [JSON.stringify([each.id, field]), fact.position]))));
  if (manifest.facts !== facts.length) wrong.push(`there are ${facts.length} facts, not as many as it says`);
  let taken = "";
  facts.forEach((each, index) => {
    const at = `position ${each.position}`, [position, version, kind, of] = each.header;
    if (leafOf(each.content) !== leaves[each.position - 1]) {
      wrong.push(`${at}: the fact is not the one its leaf was made of`);
      return;
    }
    if (position !== String(each.position) || version !== String(index + 1) || of !== contract) {
      wrong.push(`${at}: this is not fact ${index + 1} of ${contract}`);
    }
    if (each.state.recorded_at < taken) wrong.push(`${at}: it was taken before the fact that it follows`);
    else taken = each.state.recorded_at;
    wrong.push(...falseTexts(each, own(erasable, kind) || {}).map((field) => `${at}: ${field} is not the text that was taken`));
    wrong.push(...ofErasure(each, erased, own(erasable, kind) || {}).map((problem) => `${at}: ${problem}`));
  });
  add(found, `${facts.length} facts of ${contract}, none left out between them, are in the tree with their texts`, wrong);
}

/** What the texts of a fact are otherwise than the erasures say, whose positions are given by text. */
function ofErasure(each, erased, marks) {
  return [...each.opened].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([field, [salt, text]]) => {
    const erasure = erased.get(JSON.stringify([each.fact.id, field]));
    if (salt !== null) return erasure ? [`${field} was erased by position ${erasure}, and is there all the same`] : [];
    if (!erasure) return [`${field} is gone, and no fact says that it was erased`];
    const stands = marked(marks, field) === "text" ? /^\[erased\]$/ : new RegExp(`^erased-${erasure}(-\\d+)?$`);
    return stands.test(text) ? [] : [`${field} is not what stands for it since it was erased`];
  });
}

/** What of a field may be erased; a field of a list's item is marked for all of them, as "actions[].owner". */
const marked = (marks, field) => own(marks, field.replace(/^([a-z_]+)\[[1-9]\d{0,5}\]\.([a-z_]+)$/, "$1[].$2"));

/** The fields whose text is not the one that the fact commits to, or that has none. */
function falseTexts(each, marks) {
  const opened = new Map(each.opened);
  const fields = new Set([...Object.keys(each.fact).filter((field) => marked(marks, field) !== undefined), ...opened.keys()]);
  return [...fields].filter((field) => {
    const mark = marked(marks, field), stands = own(each.fact, field);
    if (mark === undefined || stands === undefined) return true;
    const committed = mark === "text" ? String(stands) : String(stands).split("/").slice(1).join("/");
    if (!opened.has(field)) return committed !== "";
    const [salt, text] = opened.get(field);
    if (salt === null) return !(mark === "text" ? /^\[erased\]$/ : /^erased-\d+(-\d+)?$/).test(text);
    return commitment(salt, text) !== committed;
  }).sort();
}

function checkReports(manifest, facts, roots, files, found) {
  const told = new Set(manifest.reports.map((report) => report.position));
  const registered = facts.find((each) => each.header[2] === "ContractRegistered");
  const months = FREQUENCIES[(registered && registered.fact.frequency) || "monthly"];
  const year = yearOf(manifest.financial_year);
  for (const { header, fact, position } of facts) {
    if (header[2] === "ReportPublished" && fact.first_period <= year.last &&
        shifted(fact.last_period, months - 1) >= year.first && !told.has(position)) {
      found.bad.push(`${fact.report}, published at position ${position}, is left out`);
    }
  }
  const kept = new Map(facts.map((each) => [each.position, each]));
  for (const report of manifest.reports) {
    const pinned = report.file && report.digest_in_force ? ", and is here as it was published" : "";
    const wrong = wrongOf(report, kept.get(report.position), facts, roots, files);
    add(found, `${report.report} was published at position ${report.position}, under the head before it${pinned}`,
      wrong ? [wrong] : []);
  }
}

function shifted(month, by) {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${String(Math.floor(count / 12)).padStart(4, "0")}-${String(count % 12 + 1).padStart(2, "0")}`;
}

function wrongOf(told, kept, facts, roots, files) {
  const { report, position, file } = told;
  if (!kept || kept.header[2] !== "ReportPublished" || kept.fact.report !== report) {
    return `no fact at position ${position} says that ${report} was published`;
  }
  if (kept.state.head !== roots.get(position - 1) || told.head !== kept.state.head) {
    return `the facts before ${report} do not give the head it was published under`;
  }
  const digest = kept.fact.digest === undefined ? null : kept.fact.digest;
  const inForce = facts.filter((each) => each.header[2] === "TextErased")
    .reduce((soFar, each) => own(each.fact.reports || {}, report) || soFar, digest);
  if (told.published_digest !== digest || told.digest_in_force !== inForce) return `${report} was published with another digest`;
  if (file === null) return inForce ? `${report} was pinned, and is not here` : null;
  if (sha256(files.get(file)) !== told.digest) return `${file} has not the digest of ${report}`;
  if (inForce !== null && inForce !== told.digest) return `${file} is not what was published as ${report}`;
  return null;
}

if (typeof module !== "undefined") module.exports = { check, sha256, rootsOf };
