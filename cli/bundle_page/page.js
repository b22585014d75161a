
const ERASABLE = {{erasable}};
const NOT_DRAWN = "record.jsonl, heads.txt, tables, proofs, reports to read (.md), this page and check_proof.py are the " +
  "files that the manifest names, but only the ledger's program makes them anew from the facts";
const NO_HEAD = "no head was given that was kept elsewhere, and whoever made the folder could have made all of it";

async function chosen(list) {
  const files = new Map();
  for (const file of list) {
    const path = file.webkitRelativePath || file.name;
    files.set(path.slice(path.indexOf("/") + 1), new Uint8Array(await file.arrayBuffer()));
  }
  return files;
}

function show(found) {
  document.getElementById("verdict").textContent = found.bad.length ? "It does not hold." : "What is checked here holds.";
  const told = [["bad", "Wrong: ", found.bad], ["good", "Holds: ", found.good], ["unproved", "Not proved: ", found.unproved]];
  document.getElementById("found").replaceChildren(...told.flatMap(([name, before, sentences]) =>
    sentences.map((sentence) => {
      const item = document.createElement("li");
      item.className = name;
      item.textContent = `${before}${sentence}.`;
      return item;
    })));
}

async function checkChosen() {
  const input = document.getElementById("files"), kept = document.getElementById("head").value;
  if (input.files.length === 0) return;
  document.getElementById("verdict").textContent = "Checking …";
  document.getElementById("found").replaceChildren();
  try {
    const found = check(await chosen(input.files), kept, ERASABLE);
    found.unproved.push(NOT_DRAWN, ...(kept.trim() === "" ? [NO_HEAD] : []));
    show(found);
  } catch (wrong) {
    show({ good: [], bad: [`the files cannot be read (${wrong.message})`], unproved: [] });
  }
}

document.getElementById("files").addEventListener("change", checkChosen);
document.getElementById("head").addEventListener("change", checkChosen);
