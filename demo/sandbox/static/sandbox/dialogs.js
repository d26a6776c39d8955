// Dialogs of the page: questions, forms of apps, and the fault panel.

import { act, element, toast } from "./api.js";
import { blocks } from "./blocks.js";
import { textOf } from "./mrkdwn.js";

const layer = document.getElementById("layer");

export function dialog(title, content, buttons, { onclose, id } = {}) {
  const before = document.activeElement;
  const titleId = `dialog-title-${Math.random().toString(36).slice(2)}`;
  const close = () => { shade.remove(); before?.focus?.(); };
  const cancel = () => { close(); onclose?.(); };
  const box = element(
    "form",
    { class: "dialog", novalidate: true, "data-view": id },
    element("header", {},
      element("h2", { id: titleId }, title),
      element("button", { type: "button", class: "plain", "aria-label": "Close", onclick: cancel }, "×")),
    element("div", { class: "content" }, content),
    element("footer", {}, ...buttons(close, cancel)),
  );
  const shade = element("div", { class: "shade" },
    element("div", { role: "dialog", "aria-modal": "true", "aria-labelledby": titleId }, box));
  shade.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Tab") keepInside(event, box);
  });
  layer.append(shade);
  (box.querySelector("input, textarea, select") ?? box.querySelector("footer button:last-child")).focus();
  return { box, close };
}

function keepInside(event, box) {
  const all = [...box.querySelectorAll("button, input, textarea, select, a[href]")];
  const [first, last] = [all[0], all[all.length - 1]];
  if (event.shiftKey && document.activeElement === first) { last.focus(); event.preventDefault(); }
  if (!event.shiftKey && document.activeElement === last) { first.focus(); event.preventDefault(); }
}

export function confirmed(question) {
  return new Promise((resolve) => {
    const { box, close: shut } = dialog(
      textOf(question.title),
      textOf(question.text),
      (close, cancel) => [
        element("button", { type: "button", onclick: cancel }, textOf(question.deny)),
        element("button", { type: "submit", class: "primary" }, textOf(question.confirm)),
      ],
      { onclose: () => resolve(false) },
    );
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      shut();
      resolve(true);
    });
  });
}

export function prompted(title, label, value = "") {
  const input = element("input", { value, required: true });
  return asked(title, element("label", {}, label, input), "OK", () => input.value.trim() || null);
}

// A question with several fields: what `answer` makes of them, or null if it was cancelled.
function asked(title, content, button, answer) {
  return new Promise((resolve) => {
    const { box, close } = dialog(title, content, (_, cancel) => [
      element("button", { type: "button", onclick: cancel }, "Cancel"),
      element("button", { type: "submit", class: "primary" }, button),
    ], { onclose: () => resolve(null) });
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      close();
      resolve(answer());
    });
  });
}

export function channelPrompt() {
  const name = element("input", { id: "new-channel", required: true, autocapitalize: "off" });
  const secret = element("input", { id: "new-channel-private", type: "checkbox" });
  const content = element("div", {},
    element("div", { class: "field" }, element("label", { for: "new-channel" }, "Name"), name,
      element("p", { class: "hint" }, "Lowercase letters, digits, - and _")),
    element("label", { class: "choice" }, secret, "Private: only those who are invited see it"));
  return asked("Make a channel", content, "Make it",
    () => (name.value.trim() ? { name: name.value.trim(), private: secret.checked } : null));
}

export function invitePrompt(channel, inside, workspace) {
  const outside = workspace.members.filter((m) => !m.deleted && !inside.includes(m.id));
  const who = element("select", { id: "invited" },
    ...outside.map((m) => element("option", { value: m.id }, m.bot ? `${m.shown} (app)` : m.shown)));
  const names = inside.map((id) => workspace.members.find((m) => m.id === id)?.shown ?? id).join(", ");
  const content = element("div", {},
    element("p", { class: "hint" }, `Members: ${names || "none"}`),
    outside.length
      ? element("div", { class: "field" }, element("label", { for: "invited" }, "Invite"), who)
      : element("p", {}, "Everyone is in this channel."));
  return asked(`People in #${channel.name}`, content, outside.length ? "Invite" : "Close", () => who.value || null);
}

// Forms of apps

let shown = null;

export function showView(view, workspace) {
  if (shown?.id === view?.id && shown?.hash === view?.hash) return;
  // When the app updates an open form, it keeps what the person has typed.
  const typed = shown && shown.id === view?.id ? values(shown.box) : {};
  shown?.close();
  shown = null;
  if (!view) return;
  const press = (action_id, value) => act("press_view", { view: view.id, action_id, value });
  const fields = (view.blocks ?? []).map((block) => formBlock(block, workspace, press));
  const trouble = element("p", { class: "trouble", role: "alert", hidden: true });
  const content = element("div", {}, trouble, ...fields);
  const { box, close } = dialog(
    textOf(view.title),
    content,
    (_, cancel) => [
      element("button", { type: "button", onclick: cancel }, view.close ? textOf(view.close) : "Cancel"),
      view.submit ? element("button", { type: "submit", class: "primary" }, textOf(view.submit)) : null,
    ].filter(Boolean),
    { id: view.id, onclose: () => { shown = null; act("close", { view: view.id }).catch(() => {}); } },
  );
  shown = { id: view.id, hash: view.hash, close, box };
  refill(box, typed);
  box.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? box.querySelector("[type=submit]");
    button.disabled = true;
    trouble.hidden = true;
    box.querySelectorAll(".error").forEach((e) => { e.textContent = ""; });
    box.querySelectorAll("[aria-invalid]").forEach((e) => e.removeAttribute("aria-invalid"));
    try {
      const answer = await act("submit", { view: view.id, values: values(box) });
      Object.entries(answer.errors ?? {}).forEach(([id, text], number) => {
        const field = box.querySelector(`[data-block-id="${CSS.escape(id)}"]`);
        field.querySelector(".error").textContent = text;
        const input = field.querySelector("input, textarea, select");
        input.setAttribute("aria-invalid", "true");
        if (!number) input.focus();
      });
      if (answer.trouble) { trouble.textContent = answer.trouble; trouble.hidden = false; }
    } catch (error) {
      trouble.textContent = String(error.message);
      trouble.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

function refill(box, typed) {
  for (const field of box.querySelectorAll(".field")) {
    const value = typed[field.dataset.blockId];
    const control = field.querySelector("input:not([type=checkbox], [type=radio], [type=datetime-local]), textarea, select");
    if (control && typeof value === "string" && value) control.value = value;
  }
}

function formBlock(block, workspace, press) {
  if (block.type !== "input") return element("div", { class: "body" }, ...blocks([block], press, workspace));
  const id = `field-${block.block_id}`;
  const described = `${id}-hint`;
  return element(
    "div",
    { class: "field", "data-block-id": block.block_id, "data-kind": block.element.type },
    element("label", { for: id }, textOf(block.label),
      block.optional ? element("span", { class: "optional" }, " (optional)") : null),
    input(block.element, id, described, workspace),
    block.hint ? element("p", { class: "hint", id: described }, textOf(block.hint)) : null,
    element("p", { class: "error", role: "alert" }),
  );
}

function input(item, id, described, workspace) {
  const common = { id, "aria-describedby": described, placeholder: item.placeholder?.text };
  const people = () => workspace.members.filter((m) => !m.deleted).map((m) => [m.id, m.shown]);
  switch (item.type) {
    case "plain_text_input": {
      if (!item.multiline) {
        return element("input", { ...common, maxlength: item.max_length, value: item.initial_value });
      }
      const area = element("textarea", { ...common, rows: 4, maxlength: item.max_length });
      area.value = item.initial_value ?? "";
      return area;
    }
    case "static_select": return select(common, item.options.map((o) => [o.value, o.text.text]),
      item.initial_option?.value);
    case "multi_static_select": return selectSeveral(common,
      item.options.map((o) => [o.value, o.text.text]),
      (item.initial_options ?? []).map((o) => o.value));
    case "users_select": return select(common, people(), item.initial_user);
    case "multi_users_select": return selectSeveral(common, people(), item.initial_users ?? []);
    case "conversations_select":
    case "channels_select": return select(common,
      workspace.channels.filter((c) => !c.im).map((c) => [c.id, `#${c.name}`]),
      item.initial_conversation ?? item.initial_channel);
    case "checkboxes":
    case "radio_buttons": {
      const kind = item.type === "checkboxes" ? "checkbox" : "radio";
      const start = [item.initial_option, ...(item.initial_options ?? [])].map((o) => o?.value);
      return element("div", { id, role: "group" }, ...item.options.map((o) =>
        element("label", { class: "choice" },
          element("input", { type: kind, name: id, value: o.value, checked: start.includes(o.value) }),
          textOf(o.text))));
    }
    case "datepicker": return element("input", { ...common, type: "date", value: item.initial_date });
    case "timepicker": return element("input", { ...common, type: "time", value: item.initial_time });
    case "datetimepicker": return element("input", { ...common, type: "datetime-local" });
    case "number_input": return element("input", { ...common, type: "number", step: "any", value: item.initial_value });
    case "email_text_input": return element("input", { ...common, type: "email", value: item.initial_value });
    case "url_text_input": return element("input", { ...common, type: "url", value: item.initial_value });
    default: return element("p", { id }, `(${item.type} is not shown here)`);
  }
}

function select({ id, placeholder, ...rest }, options, chosen) {
  return element("select", { id, "aria-describedby": rest["aria-describedby"] },
    element("option", { value: "" }, placeholder ?? "Choose…"),
    ...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
}

function selectSeveral({ id, ...rest }, options, chosen) {
  return element("select", {
    id, "aria-describedby": rest["aria-describedby"], multiple: true,
    size: Math.min(6, Math.max(2, options.length)),
  }, ...options.map(([value, text]) =>
    element("option", { value, selected: chosen.includes(value) }, text)));
}

function values(box) {
  const found = {};
  box.querySelectorAll(".field").forEach((field) => {
    const kind = field.dataset.kind;
    const control = field.querySelector("input, textarea, select");
    let value = control?.value ?? null;
    if (control?.multiple) value = [...control.selectedOptions].map((option) => option.value);
    if (kind === "checkboxes") value = [...field.querySelectorAll(":checked")].map((c) => c.value);
    if (kind === "radio_buttons") value = field.querySelector(":checked")?.value ?? null;
    if (kind === "datetimepicker") value = value ? Math.floor(new Date(value) / 1000) : null;
    found[field.dataset.blockId] = value;
  });
  return found;
}

// Faults

export function faultPanel(workspace) {
  const option = (value, text) => element("option", { value }, text);
  const kind = element("select", { id: "fault-kind" },
    option("latency", "The API is slow (seconds)"),
    option("429", "Too many requests (Retry-After seconds)"),
    option("500", "Server error"),
    option("drop", "The connection is dropped"),
    option("error", "An error by name"),
    option("twice", "Deliver to the app twice"),
    option("twice_other_id", "Deliver twice, under another id"),
    option("delay", "Deliver late (seconds)"));
  const field = (id, label, attributes) =>
    element("div", { class: "field" }, element("label", { for: id }, label), element("input", { id, ...attributes }));
  const list = element("ul", { class: "faults" }, ...workspace.faults.map((f) =>
    element("li", {}, `${f.kind} · ${f.pattern}${f.seconds ? ` · ${f.seconds} s` : ""}${f.error ? ` · ${f.error}` : ""}${f.left === null ? "" : ` · ${f.left} left`}`)));
  const content = element("div", {},
    element("p", { class: "hint" }, "Make the sandbox fail as Slack does, and see what becomes of it."),
    list,
    element("div", { class: "field" }, element("label", { for: "fault-kind" }, "What"), kind),
    field("fault-pattern", "Which methods or events (* for all)", { value: "*" }),
    field("fault-seconds", "Seconds", { type: "number", min: 0, step: "any", value: 5 }),
    field("fault-error", "Error name", { placeholder: "restricted_action" }),
    field("fault-times", "How often (empty: until cleared)", { type: "number", min: 1, value: 1 }));
  const sockets = element("div", { class: "field sockets" }, element("p", {}, `Sockets that the app has open: ${workspace.sockets}`),
    ...(workspace.sockets ? [["warning", "Warn them"], ["refresh_requested", "Ask them to refresh"], ["link_disabled", "Disable them"]] : [])
      .map(([reason, text]) => element("button", { type: "button",
        onclick: () => act("disconnect", { reason }).then(() => toast("They were told.")).catch((error) => toast(error.message)) }, text)));
  content.append(sockets);
  const { box, close } = dialog("Faults", content, (shut) => [
    element("button", { type: "button", onclick: () => act("clear_faults").then(shut) }, "Clear all"),
    element("button", { type: "submit", class: "primary" }, "Add"),
  ]);
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = (id) => box.querySelector(`#fault-${id}`).value;
    act("fault", { kind: value("kind"), pattern: value("pattern"), seconds: value("seconds"), error: value("error"), times: value("times") })
      .then(close).catch((error) => toast(error.message));
  });
}
