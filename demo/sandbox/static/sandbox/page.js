// The page: asks for its state, shows it, and waits for changes.

import { act, ask, element, me, toast } from "./api.js";
import { composer } from "./composer.js";
import { faultPanel, prompted, showView } from "./dialogs.js";
import { message } from "./messages.js";
import { names } from "./mrkdwn.js";

const find = (id) => document.getElementById(id);
const app = find("app");
let workspace = { members: [], channels: [], groups: [], faults: [], command: "/incident", change: 0 };
let open = location.hash.slice(1) || null;
let thread = null;

names.user = (id, label) => workspace.members.find((m) => m.id === id)?.shown ?? label ?? id;
names.channel = (id, label) => workspace.channels.find((c) => c.id === id)?.name ?? (label || id);
names.open = (id) => show(id);

const failed = (error) => toast(error.message);
const current = () => workspace.channels.find((c) => c.id === open);
const nameOf = (c) => (c.im ? names.user(c.with) : c.name);

async function refresh() {
  const asked = open;
  const state = await ask("state", { ...(open && { channel: open }), ...(thread && { thread }) });
  if (asked !== open) return;
  workspace = state.workspace;
  if (!current()) open = (workspace.channels.find((c) => c.name === "incidents") ?? workspace.channels[0])?.id ?? null;
  sidebar();
  heading();
  if (state.messages) fill(find("messages"), state.messages, false);
  else if (open) return refresh();
  find("thread").hidden = !thread;
  app.classList.toggle("with-thread", Boolean(thread));
  if (thread && state.thread) fill(find("thread-messages"), state.thread, true);
  showView(workspace.view, workspace);
  if (current()?.unread && document.hasFocus()) act("read", { channel: open }).then(markRead, () => {});
}

function markRead() {
  const channel = current();
  if (channel) { channel.unread = false; sidebar(); }
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
  const same = rows.length === list.children.length && rows.every((row, n) => row === list.children[n]);
  if (!same) list.replaceChildren(...(rows.length ? rows : [element("li", { class: "notice" }, "Nothing was said here yet.")]));
  if (switched || atEnd) list.scrollTop = list.scrollHeight;
}

function sidebar() {
  find("who").replaceChildren(...workspace.members.filter((m) => !m.bot && !m.deleted).map((m) =>
    element("option", { value: m.name, selected: m.id === me }, `${m.shown}${m.guest ? " (guest)" : ""}${m.title ? ` · ${m.title}` : ""}`)));
  const link = (c) => element("li", {}, element("button", {
    type: "button", "data-channel": c.im ? nameOf(c) : c.name, "data-channel-id": c.id,
    "aria-current": c.id === open ? "page" : null,
    class: [c.unread && "unread", c.archived && "archived", !c.member && "outside"].filter(Boolean).join(" "),
    onclick: () => show(c.id),
  }, `${c.im ? "@" : c.private ? "🔒" : "#"} ${nameOf(c)}`, c.unread ? element("span", { class: "dot", title: "New messages" }, "•") : ""));
  find("channels").replaceChildren(...workspace.channels.filter((c) => !c.im).map(link));
  const direct = workspace.channels.filter((c) => c.im);
  const bot = workspace.members.find((m) => m.id === workspace.bot);
  find("directs").replaceChildren(...direct.map(link),
    ...(bot && !direct.some((c) => c.with === bot.id) ? [element("li", {}, element("button", {
      type: "button", class: "outside",
      onclick: () => act("dm", { with: bot.id }).then((answer) => show(answer.channel)).catch(failed),
    }, `@ ${bot.shown}`))] : []));
  find("faults-count").textContent = workspace.faults.length ? `(${workspace.faults.length})` : "";
  find("faults-button").classList.toggle("on", workspace.faults.length > 0);
  document.title = `${direct.concat(workspace.channels).some((c) => c.unread) ? "• " : ""}${current() ? nameOf(current()) : "Sandbox"} · Sandbox`;
}

function heading() {
  const channel = current();
  if (!channel) return;
  find("channel-name").textContent = `${channel.im ? "@" : "#"}${nameOf(channel)}`;
  find("topic").textContent = channel.topic ?? "";
  find("topic").title = channel.topic ?? "";
  const tool = (text, what, more = {}) => element("button", { type: "button",
    onclick: () => act(what, { channel: channel.id, ...more }).catch(failed) }, text);
  find("channel-tools").replaceChildren(...(channel.im ? [] : [
    element("button", { type: "button", onclick: async () => {
      const name = await prompted("Rename the channel", "Name", channel.name);
      if (name) act("rename", { channel: channel.id, name }).catch(failed);
    } }, "Rename"),
    channel.archived ? tool("Unarchive", "unarchive") : tool("Archive", "archive"),
    channel.member ? tool("Leave", "leave") : null,
  ].filter(Boolean)));
  const joining = find("joining");
  joining.hidden = channel.member && !channel.archived;
  find("form").hidden = !joining.hidden;
  joining.replaceChildren(channel.archived
    ? "This channel is archived."
    : element("button", { type: "button", class: "primary", onclick: () => act("join", { channel: channel.id }).catch(failed) }, `Join #${channel.name}`));
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
find("close-thread").addEventListener("click", () => { thread = null; refresh().catch(failed); });
find("faults-button").addEventListener("click", () => faultPanel(workspace));
find("add-channel").addEventListener("click", async () => {
  const name = await prompted("Make a channel", "Name (lowercase, digits, - and _)");
  if (name) act("create_channel", { name }).then((answer) => show(answer.channel)).catch(failed);
});
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
