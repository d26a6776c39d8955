// The page: asks for its state, shows it, and waits for changes.

import { act, ask, element, me, toast } from "./api.js";
import { composer } from "./composer.js";
import { blocks } from "./blocks.js";
import { channelPrompt, faultPanel, invitePrompt, prompted, showView } from "./dialogs.js";
import { message } from "./messages.js";
import { mrkdwn, names } from "./mrkdwn.js";

const find = (id) => document.getElementById(id);
const app = find("app");
let workspace = { members: [], channels: [], groups: [], faults: [], shortcuts: [], welcome: [], command: "/incident", change: 0 };
let open = location.hash.slice(1) || null;
let thread = null;
let about = { members: [], bookmarks: [] };
let atHome = false;

names.user = (id, label) => workspace.members.find((m) => m.id === id)?.shown ?? label ?? id;
names.channel = (id, label) => workspace.channels.find((c) => c.id === id)?.name ?? (label || id);
names.open = (id) => show(id);

const failed = (error) => toast(error.message);
const current = () => workspace.channels.find((c) => c.id === open);
const nameOf = (c) => (c.im ? names.user(c.with) : c.name);

// While a button of the mouse or a finger is down nothing is replaced: the click would be lost.
// A list that opens keeps the end of a press to itself: then the next move, or time, ends it.
let released = Promise.resolve();
let release = () => {};
document.addEventListener("pointerdown", () => {
  release();
  released = new Promise((resolve) => { release = resolve; });
  setTimeout(release, 10_000);
}, true);
for (const name of ["pointerup", "pointercancel", "pointermove"]) {
  document.addEventListener(name, (event) => {
    // The click itself comes first.
    if (name !== "pointermove" || !event.buttons) setTimeout(release);
  }, true);
}

let reading = Promise.resolve();
let next = null;

// Asks for the state and shows it, one after the other: no older state is shown after a newer one.
function refresh() {
  next ??= reading.catch(() => {}).then(() => {
    next = null;
    reading = read();
    return reading;
  });
  return next;
}

async function read() {
  const asked = open;
  const state = await ask("state", { ...(open && { channel: open }), ...(thread && { thread }) });
  await released;
  if (asked !== open) return;
  workspace = state.workspace;
  about = state.about ?? { members: [], bookmarks: [] };
  if (!current()) open = (workspace.channels.find((c) => c.name === "incidents") ?? workspace.channels[0])?.id ?? null;
  sidebar();
  heading();
  if (state.messages) fill(find("messages"), state.messages, false);
  else if (open) return read();
  find("thread").hidden = !thread;
  app.classList.toggle("with-thread", Boolean(thread));
  if (thread && state.thread) fill(find("thread-messages"), state.thread, true);
  home();
  welcome();
  showView(workspace.view, workspace);
  if (current()?.unread && document.hasFocus()) act("read", { channel: open }).then(markRead, () => {});
}

function markRead() {
  const channel = current();
  if (channel) { channel.unread = false; sidebar(); }
}

const drawn = new WeakMap();

// Shows what `make` returns in a place, and leaves the place alone while `data`, from which it is
// made, is the same: a button that has the focus, or is being pressed, stays.
function draw(place, data, make) {
  const key = JSON.stringify(data);
  if (drawn.get(place) === key) return;
  drawn.set(place, key);
  const focused = place.contains(document.activeElement) ? document.activeElement.textContent : null;
  place.replaceChildren(...make());
  if (focused !== null) [...place.querySelectorAll("a, button")].find((one) => one.textContent === focused)?.focus();
}

const keys = new WeakMap();

function fill(list, data, inThread) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const switched = list.dataset.of !== `${open} ${inThread ? thread : ""}`;
  list.dataset.of = `${open} ${inThread ? thread : ""}`;
  const known = new Map([...list.children].map((li) => [li.dataset.messageTs, li]));
  const rows = data.map((row) => {
    const key = JSON.stringify([row, workspace.members]);
    const before = known.get(row.ts);
    // A row that looks the same is left alone: what has the focus keeps it.
    if (!switched && before && keys.get(before) === key) return before;
    const made = message(row, open, workspace, openThread, inThread);
    keys.set(made, key);
    return made;
  });
  if (!rows.length) rows.push(list.querySelector(".nothing") ?? element("li", { class: "notice nothing" }, "Nothing has been said here yet."));
  const same = rows.length === list.children.length && rows.every((row, n) => row === list.children[n]);
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("[data-message-ts]")?.dataset.messageTs : null;
  if (!same) list.replaceChildren(...rows);
  // A row that was made again takes the focus over.
  if (focused && !list.contains(document.activeElement)) rows.find((row) => row.dataset.messageTs === focused)?.focus();
  if (switched || atEnd) list.scrollTop = list.scrollHeight;
}

function sidebar() {
  const humans = workspace.members.filter((m) => !m.bot && !m.deleted);
  draw(find("who"), [humans, me], () => humans.map((m) =>
    element("option", { value: m.name, selected: m.id === me }, `${m.shown}${m.guest ? " (guest)" : ""}${m.title ? ` · ${m.title}` : ""}`)));
  const link = (c) => element("li", {}, element("button", {
    type: "button", "data-channel": c.im ? nameOf(c) : c.name, "data-channel-id": c.id,
    "aria-current": c.id === open ? "page" : null,
    class: [c.unread && "unread", c.archived && "archived", !c.member && "outside"].filter(Boolean).join(" "),
    onclick: () => show(c.id),
  }, `${c.im ? "@" : c.private ? "🔒" : "#"} ${nameOf(c)}`, c.unread ? element("span", { class: "dot", title: "New messages" }, "•") : ""));
  const channels = workspace.channels.filter((c) => !c.im);
  const links = (place, list) => draw(find(place), [list, open, workspace.members], () => list.map(link));
  links("channels", channels.filter((c) => !c.archived || c.id === open));
  const archived = channels.filter((c) => c.archived && c.id !== open);
  find("archived").hidden = !archived.length;
  find("archived-count").textContent = archived.length;
  links("archived-channels", archived);
  const direct = workspace.channels.filter((c) => c.im);
  const bot = workspace.members.find((m) => m.id === workspace.bot);
  draw(find("directs"), [direct, open, workspace.members], () => [...direct.map(link),
    ...(bot && !direct.some((c) => c.with === bot.id) ? [element("li", {}, element("button", {
      type: "button", class: "outside",
      onclick: () => act("dm", { with: bot.id }).then((answer) => show(answer.channel)).catch(failed),
    }, `@ ${bot.shown}`))] : [])]);
  find("faults-count").textContent = workspace.faults.length ? `(${workspace.faults.length})` : "";
  find("faults-button").classList.toggle("on", workspace.faults.length > 0);
  document.title = `${direct.concat(workspace.channels).some((c) => c.unread) ? "• " : ""}${current() ? nameOf(current()) : "Sandbox"} · Sandbox`;
}

function heading() {
  const channel = current();
  if (!channel) return;
  find("channel-name").textContent = `${channel.im ? "@" : channel.private ? "🔒 " : "#"}${nameOf(channel)}`;
  find("topic").textContent = channel.topic ?? "";
  find("topic").title = channel.topic ?? "";
  const item = (text, onclick) => element("button", { type: "button", onclick: () => { menu.open = false; onclick(); } }, text);
  const tool = (text, what, then = () => {}) => item(text, () => act(what, { channel: channel.id }).then(then).catch(failed));
  const menu = find("channel-menu");
  menu.hidden = channel.im;
  find("channel-people").hidden = channel.im || !channel.member || channel.archived;
  find("channel-people").textContent = `👥 ${about.members.length}`;
  draw(find("channel-tools"), [channel, workspace.shortcuts], () => [
    item("Rename", async () => {
      const name = await prompted("Rename the channel", "Name", channel.name);
      if (name) act("rename", { channel: channel.id, name }).catch(failed);
    }),
    channel.archived ? tool("Unarchive", "unarchive") : tool("Archive", "archive"),
    tool("Share (changes its id)", "share", (answer) => show(answer.channel)),
    ...workspace.shortcuts.filter((s) => s.type === "global").map((s) =>
      item(`⚡ ${s.name}`, () => act("shortcut", { callback_id: s.callback_id }).catch(failed))),
    channel.member ? tool("Leave", "leave") : null,
  ].filter(Boolean));
  find("bookmarks").hidden = !about.bookmarks.length;
  draw(find("bookmarks"), about.bookmarks, () => about.bookmarks.map((b) =>
    element("a", { href: b.link, target: "_blank", rel: "noopener noreferrer" }, `🔖 ${b.title}`)));
  const withBot = channel.im && channel.with === workspace.bot;
  find("tabs").hidden = !withBot;
  if (!withBot) atHome = false;
  const joining = find("joining");
  joining.hidden = channel.member && !channel.archived;
  find("form").hidden = !joining.hidden;
  draw(joining, channel, () => [channel.archived
    ? "This channel is archived."
    : element("button", { type: "button", class: "primary", onclick: () => act("join", { channel: channel.id }).catch(failed) }, `Join #${channel.name}`)]);
}

function home() {
  for (const [id, on] of [["tab-home", atHome], ["tab-messages", !atHome]]) {
    find(id).setAttribute("aria-pressed", String(on));
  }
  find("home").hidden = !atHome;
  find("messages").hidden = atHome;
  if (atHome) find("form").hidden = true;
  const press = (action_id, value) => act("press_home", { action_id, value });
  const hash = workspace.home?.hash ?? "";
  if (atHome && find("home").dataset.hash !== hash) {
    find("home").dataset.hash = hash;
    find("home").replaceChildren(...(workspace.home
      ? blocks(workspace.home.blocks, press, workspace)
      : [element("p", { class: "hint" }, "The app shows nothing here.")]));
  }
}

function tab(name) {
  atHome = name === "home";
  act("open_home", { tab: name }).catch(failed);
  refresh().catch(failed);
}

// What to try, on the first visit and when it is asked for.

const WELCOMED = "sandbox-welcomed";

function remembered() {
  try { return localStorage.getItem(WELCOMED); } catch { return null; }
}

function remember() {
  try { localStorage.setItem(WELCOMED, "yes"); } catch { /* Without a memory it is said again. */ }
}

let hidden = remembered() === "yes";
// On a phone, a first visit begins where these lines are, and not with the list of channels.
if (!hidden) app.classList.add("in-channel");

function welcome() {
  const box = find("welcome");
  box.hidden = hidden || !workspace.welcome.length;
  const lines = find("welcome-lines");
  if (!lines.children.length) lines.replaceChildren(...workspace.welcome.map((line) => element("li", {}, mrkdwn(line))));
}

function show(id) {
  open = id;
  thread = null;
  history.replaceState(null, "", `#${id}`);
  app.classList.add("in-channel");
  refresh().then(() => { if (matchMedia("(min-width: 48rem)").matches) find("composer").focus(); }).catch(failed);
}

function openThread(ts) {
  thread = ts;
  refresh().then(() => find("thread-composer").focus()).catch(failed);
}

async function send(text) {
  if (text.startsWith("/")) {
    const answer = await act("command", { channel: open, text });
    if (answer.trouble) throw new Error(answer.trouble);
  } else {
    await act("say", { channel: open, text });
  }
}

const loudly = (sender) => (text) => sender(text).catch((error) => { failed(error); throw error; });
composer(find("composer"), find("form"), find("completion"), () => workspace, loudly(send));
composer(find("thread-composer"), find("thread-form"), null, () => workspace,
  loudly((text) => act("say", { channel: open, text, thread })));
find("who").addEventListener("change", (event) => { location.search = `?as=${event.target.value}`; });
find("back").addEventListener("click", () => app.classList.remove("in-channel"));
find("close-thread").addEventListener("click", () => {
  const parent = `[data-message-ts="${CSS.escape(thread ?? "")}"]`;
  thread = null;
  refresh().then(() => find("messages").querySelector(parent)?.focus()).catch(failed);
});
find("faults-button").addEventListener("click", () => faultPanel(workspace));
find("add-channel").addEventListener("click", async () => {
  const wanted = await channelPrompt();
  if (wanted) act("create_channel", wanted).then((answer) => show(answer.channel)).catch(failed);
});
find("channel-people").addEventListener("click", async () => {
  const other = await invitePrompt(current(), about.members, workspace);
  if (other) act("invite", { channel: open, other }).catch(failed);
});
find("tab-home").addEventListener("click", () => tab("home"));
find("tab-messages").addEventListener("click", () => tab("messages"));
find("welcome-done").addEventListener("click", () => {
  hidden = true;
  remember();
  welcome();
  find("composer").focus();
});
find("welcome-again").addEventListener("click", () => {
  hidden = false;
  app.classList.add("in-channel");
  welcome();
  find("welcome-done").focus();
});

// Keys

document.addEventListener("click", (event) => {
  const menu = find("channel-menu");
  if (!menu.contains(event.target)) menu.open = false;
});
find("channel-menu").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { find("channel-menu").open = false; find("channel-menu").firstElementChild.focus(); }
});
find("thread").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) find("close-thread").click();
});
// In the list of messages the arrows go from one to the next; Tab then goes through its buttons.
for (const list of [find("messages"), find("thread-messages")]) {
  list.addEventListener("keydown", (event) => {
    const on = document.activeElement;
    if (on !== list && !on.matches(".message")) return;
    const all = [...list.querySelectorAll(".message")];
    const at = all.indexOf(on);
    const to = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at < 0 ? all.length - 1 : at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))]?.focus();
  });
}
window.addEventListener("focus", () => { if (current()?.unread) refresh().catch(() => {}); });

async function follow() {
  for (;;) {
    try {
      const { change } = await ask("poll", { since: workspace.change });
      if (change > workspace.change) await refresh();
    } catch {
      toast("The sandbox does not answer. Trying again …");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await refresh().catch(() => {});
    }
  }
}

if (me) refresh().then(follow, (error) => { failed(error); follow(); });
