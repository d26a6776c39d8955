// Block Kit in messages.

import { element, toast } from "./api.js";
import { confirmed } from "./dialogs.js";
import { mrkdwn, textOf } from "./mrkdwn.js";

export function blocks(list, press, workspace) {
  return list.map((block) => rendered(block, press, workspace)).filter(Boolean);
}

function rendered(block, press, workspace) {
  const id = { "data-block-id": block.block_id };
  switch (block.type) {
    case "header": return element("h3", { class: "block-header", ...id }, textOf(block.text));
    case "divider": return element("hr", id);
    case "context": return element("p", { class: "context", ...id }, ...block.elements.map(textOf));
    case "image": return element("figure", id, element("img", { src: block.image_url, alt: block.alt_text }));
    case "actions": return element("div", { class: "actions", ...id },
      ...block.elements.map((item) => control(item, press, workspace)));
    case "section": return element("div", { class: "section", ...id },
      element("div", { class: "section-text" },
        block.text ? element("div", {}, textOf(block.text)) : null,
        block.fields ? element("div", { class: "fields" },
          ...block.fields.map((f) => element("div", {}, textOf(f)))) : null),
      block.accessory ? control(block.accessory, press, workspace) : null);
    case "markdown": return element("div", { class: "text", ...id }, mrkdwn(block.text));
    case "rich_text": return element("div", { class: "text", ...id }, richText(block));
    default: return element("p", { class: "hint", ...id }, `(a block of the type ${block.type})`);
  }
}

// The text of a rich text block, without its styles.
function richText(value) {
  if (Array.isArray(value)) return value.map(richText).join("");
  if (value.elements) return richText(value.elements) + (value.type === "rich_text_section" ? "" : "\n");
  return value.text ?? value.url ?? (value.type === "emoji" ? `:${value.name}:` : value.user_id ? `@${value.user_id}` : "");
}

function control(item, press, workspace) {
  const pressed = async (value) => {
    if (item.confirm && !(await confirmed(item.confirm))) return;
    press(item.action_id, value).catch((error) => toast(error.message));
  };
  const hook = { "data-action-id": item.action_id };
  if (item.type === "button") {
    const button = element("button",
      { type: "button", class: item.style ?? "", ...hook, onclick: () => pressed(null) }, textOf(item.text));
    if (!item.url) return button;
    return element("a", { class: "button", href: item.url, target: "_blank", rel: "noopener", ...hook,
      onclick: () => pressed(null) }, textOf(item.text));
  }
  if (item.type === "static_select" || item.type === "overflow") {
    return choice(item, item.options.map((o) => [o.value, o.text.text]), item.initial_option?.value, hook, pressed);
  }
  if (item.type === "users_select") {
    const people = workspace.members.filter((m) => !m.deleted).map((m) => [m.id, m.shown]);
    return choice(item, people, item.initial_user, hook, pressed);
  }
  if (item.type === "image") return element("img", { src: item.image_url, alt: item.alt_text });
  return element("span", {}, `(${item.type})`);
}

function choice(item, options, chosen, hook, pressed) {
  const label = item.placeholder?.text ?? (item.type === "overflow" ? "More" : "Choose");
  return element("select",
    { "aria-label": label, ...hook, onchange: (event) => event.target.value && pressed(event.target.value) },
    element("option", { value: "" }, item.type === "overflow" ? "⋯" : label),
    ...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
}

