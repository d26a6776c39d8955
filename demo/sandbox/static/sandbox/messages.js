// One message, and what can be done with it.

import { act, element, me, toast } from "./api.js";
import { blocks } from "./blocks.js";
import { confirmed, prompted } from "./dialogs.js";
import { QUICK, emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

const plain = (text) => ({ type: "plain_text", text });

export function message(data, channel, workspace, openThread, inThread = false) {
  const author = workspace.members.find((m) => m.id === data.user);
  const name = author?.shown ?? (data.user === "USLACKBOT" ? "Slackbot" : data.user);
  const at = { channel, ts: data.ts };
  const did = (what, more = {}) => act(what, { ...at, ...more }).catch((error) => toast(error.message));
  if (data.subtype === "channel_join") {
    return element("li", { class: "notice", "data-message-ts": data.ts }, mrkdwn(data.text));
  }
  const moment = new Date(Number(data.ts) * 1000);
  const press = (action_id, value) => act("press", { ...at, action_id, value });
  const content = data.blocks.length
    ? blocks(data.blocks, press, workspace)
    : [element("div", { class: "text" }, mrkdwn(data.text))];
  const row = element(
    "li",
    { class: data.ephemeral ? "message ephemeral" : "message", "data-message-ts": data.ts, tabindex: -1,
      "aria-label": `${name}, ${moment.toLocaleTimeString(undefined, { timeStyle: "short" })}` },
    avatar(author, name),
    element("div", { class: "body" },
      data.ephemeral ? element("p", { class: "only" }, "👁 Only visible to you") : null,
      data.pinned_by ? element("p", { class: "pinned" }, "📌 Pinned by ", shownName(data.pinned_by, workspace)) : null,
      element("p", { class: "by" },
        element("strong", {}, name),
        author?.bot ? element("span", { class: "tag" }, "app") : null,
        element("time", { datetime: moment.toISOString(), title: moment.toLocaleString() },
          moment.toLocaleTimeString(undefined, { timeStyle: "short" })),
        data.edited ? element("span", { class: "hint" }, "(edited)") : null),
      ...content,
      ...data.attachments.map((a) => attachment(a, press, workspace)),
      ...data.files.map(file),
      reactions(data, workspace, did),
      data.replies && !inThread ? element("button",
        { type: "button", class: "plain replies", onclick: () => openThread(data.ts) },
        `${data.replies} ${data.replies === 1 ? "reply" : "replies"}`) : null),
    data.ephemeral ? "" : tools(data, did, openThread, inThread, workspace),
  );
  row.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === row && !inThread && !data.ephemeral) {
      openThread(data.thread_ts || data.ts);
      event.preventDefault();
    }
  });
  return row;
}

function file(f) {
  if (f.mode === "tombstone") return element("span", { class: "file hint" }, "📎 A file that was deleted");
  const name = f.title ?? f.name;
  if (!name) return element("span", { class: "file hint" }, "📎 A file of which only the id is told");
  if (!f.permalink) return element("span", { class: "file" }, `📎 ${name}`);
  return element("a", { class: "file", href: f.permalink, target: "_blank", rel: "noopener" }, `📎 ${name}`);
}

function attachment(data, press, workspace) {
  return element("div", { class: "attachment" },
    data.author_name ? element("p", { class: "hint" }, data.author_name) : null,
    data.title ? element("strong", {}, data.title) : null,
    data.text ? element("div", { class: "text" }, mrkdwn(data.text)) : null,
    ...blocks(data.blocks ?? [], press, workspace));
}

const shownName = (id, workspace) => workspace.members.find((m) => m.id === id)?.shown ?? id;

function avatar(author, name) {
  const letters = name.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 2) || "?";
  const picture = element("span", { class: "avatar", "aria-hidden": "true" }, letters);
  picture.style.setProperty("--color", author?.color ?? "#64748b");
  return picture;
}

function reactions(data, workspace, did) {
  if (!data.reactions.length) return null;
  return element("p", { class: "reactions" }, ...data.reactions.map((r) =>
    element("button", {
      type: "button",
      class: r.users.includes(me) ? "reaction mine" : "reaction",
      title: `${r.users.map((u) => shownName(u, workspace)).join(", ")} reacted with :${r.name}:`,
      "data-reaction": r.name,
      onclick: () => did("react", { name: r.name }),
    }, emoji(r.name) ?? `:${r.name}:`, ` ${r.users.length}`)));
}

function tools(data, did, openThread, inThread, workspace) {
  const own = data.user === me;
  const button = (label, text, onclick) =>
    element("button", { type: "button", title: label, "aria-label": label, onclick }, text);
  const group = element("div", { class: "tools", role: "group", "aria-label": "What to do with this message" },
    ...QUICK.slice(0, 3).map((name) => button(`React with ${name}`, emoji(name), () => did("react", { name }))),
    button("React with another emoji", "☺", async () => {
      const name = await prompted("React", "An emoji's name", "star");
      if (name) did("react", { name: name.replaceAll(":", "") });
    }),
    inThread ? null : button("Reply in thread", "💬", () => openThread(data.thread_ts || data.ts)),
    ...workspace.shortcuts.filter((s) => s.type === "message").map((s) =>
      button(s.name, "⚡", () => did("shortcut", { callback_id: s.callback_id }))),
    data.pinned_by ? button("Unpin", "📍", () => did("unpin")) : button("Pin", "📌", () => did("pin")),
    own ? button("Edit", "✏️", async () => {
      const text = await prompted("Edit the message", "Message", data.text);
      if (text) did("edit", { text });
    }) : null,
    own ? button("Delete", "🗑", async () => {
      const sure = await confirmed({ title: plain("Delete this message?"), text: plain(data.text), confirm: plain("Delete"), deny: plain("Keep") });
      if (sure) did("delete");
    }) : null);
  // Where there is no pointer to hover with, a button shows them.
  const more = element("button", { type: "button", class: "more", "aria-expanded": "false", "aria-label": "What to do with this message",
    onclick: (event) => {
      const open = event.currentTarget.closest(".message").classList.toggle("open");
      event.currentTarget.setAttribute("aria-expanded", String(open));
    } }, "⋯");
  const both = document.createDocumentFragment();
  both.append(more, group);
  return both;
}
