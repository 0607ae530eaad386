// Makes pages that say how things stand follow them, and gives keys. Without this a page follows by being loaded again.
"use strict";

const EVERY = 5000;
const PAGES = { n: "/", q: "/queues", j: "/jobs", f: "/failures", w: "/workers", s: "/schedule", m: "/mail", t: "/partitions", a: "/actions" };
const KEYS = "Keys: / search, r load anew, g then n Now, q Queues, j Jobs, f Failures, w Workers, s Schedule, m Mail, t Partitions, a Actions.";
let going = false;

const main = () => document.getElementById("main");
const isLive = () => document.querySelector("meta[name=live]") !== null;

// Somebody is in the middle of something: a field, a box that is ticked, a text that is marked.
const isBusy = () =>
  document.hidden ||
  ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement?.tagName) ||
  document.querySelector("main input[type=checkbox]:checked") !== null ||
  String(document.getSelection()) !== "";

function say(words) {
  const stamp = document.getElementById("stamp");
  if (stamp) stamp.textContent = words;
}

async function follow() {
  if (isBusy()) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(EVERY) });
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = made.getElementById("main");
    if (!found || isBusy()) return;
    const open = [...document.querySelectorAll("main details[open]")].map((each) => each.id);
    const focused = document.activeElement?.getAttribute("href");
    main().replaceChildren(...found.childNodes);
    for (const id of open.filter(Boolean)) document.getElementById(id)?.setAttribute("open", "");
    if (focused) [...document.querySelectorAll("main a")].find((each) => each.getAttribute("href") === focused)?.focus();
    document.title = made.title;
    say(made.getElementById("stamp")?.textContent ?? "");
    prepare();
  } catch {
    say("This page is not answered any more: what it shows is old. It asks again.");
  }
}

// The box in a table's head ticks all of that table.
function prepare() {
  for (const all of document.querySelectorAll("input[data-all]")) {
    all.hidden = false;
    all.onchange = () => {
      for (const each of document.querySelectorAll("main tbody input[type=checkbox]")) each.checked = all.checked;
    };
  }
}

document.addEventListener("keydown", (event) => {
  const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (going && PAGES[event.key]) location.assign(PAGES[event.key]);
  else if (event.key === "r") location.reload();
  else if (event.key === "?") say(KEYS);
  else if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) search.focus();
    else location.assign("/jobs");
    event.preventDefault();
  }
  going = event.key === "g";
});

// On a phone the pages' names are wider than the window: the one that is shown is seen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
prepare();
if (isLive()) setInterval(follow, EVERY);
