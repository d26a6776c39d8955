// Slack's mrkdwn as elements. Text only ever becomes text nodes: nothing in it can run.

import { element } from "./api.js";
import { emoji } from "./emoji.js";

const TOKEN = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\s][^<>]*)>|:([a-z0-9_+\-']+):|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<![\w_])_([^_\n]+)_(?!\w)|(?<![\w~])~([^~\n]+)~(?!\w)/g;

export const names = { user: (id) => id, channel: (id) => id, open: () => {} };

const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function mrkdwn(text) {
  const box = document.createDocumentFragment();
  let quote = null;
  text.split(/(```[\s\S]+?```)/).forEach((part) => {
    if (part.startsWith("```") && part.length > 6) {
      box.append(...inline(part));
      return;
    }
    part.split("\n").forEach((line, number, lines) => {
      const quoted = /^(&gt;|>) ?/.test(line);
      if (quoted) {
        quote ??= element("blockquote");
        if (quote.childNodes.length) quote.append(element("br"));
        quote.append(...inline(line.replace(/^(&gt;|>) ?/, "")));
        if (!quote.parentNode) box.append(quote);
      } else {
        const afterQuote = quote !== null;
        quote = null;
        box.append(...inline(line));
        if (number < lines.length - 1 && !(afterQuote && !line)) box.append(element("br"));
      }
    });
  });
  return box;
}

function inline(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    parts.push(unescape(text.slice(end, found.index)));
    parts.push(token(found));
    end = found.index + found[0].length;
  }
  parts.push(unescape(text.slice(end)));
  return parts.filter((p) => p !== "");
}

function token([all, block, code, reference, shortcode, bold, italic, struck]) {
  if (block !== undefined) return element("pre", {}, unescape(block.replace(/^\n/, "")));
  if (code !== undefined) return element("code", {}, unescape(code));
  if (reference !== undefined) return referred(reference);
  if (shortcode !== undefined) return emoji(shortcode) ?? all;
  if (bold !== undefined) return element("strong", {}, ...inline(bold));
  if (italic !== undefined) return element("em", {}, ...inline(italic));
  return element("s", {}, ...inline(struck));
}

function referred(reference) {
  const [target, label] = reference.split(/\|(.*)/s);
  if (target.startsWith("@")) {
    return element("span", { class: "mention" }, `@${names.user(target.slice(1), label)}`);
  }
  if (target.startsWith("#")) {
    const id = target.slice(1);
    return element(
      "button",
      { type: "button", class: "mention", onclick: () => names.open(id) },
      `#${names.channel(id, label)}`,
    );
  }
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) {
    return element("span", { class: "mention loud" }, label ?? `@${target.slice(1)}`);
  }
  if (!/^(https?|mailto|tel):/i.test(target)) return unescape(`<${reference}>`);
  const attributes = { href: unescape(target), target: "_blank", rel: "noopener noreferrer" };
  return element("a", attributes, unescape(label ?? target));
}

function date(target, fallback) {
  const [, seconds, form] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return fallback ?? "";
  const day = moment.toLocaleDateString(undefined, { dateStyle: "medium" });
  const time = moment.toLocaleTimeString(undefined, { timeStyle: "short" });
  const shown = form.replace(/\{date[^}]*\}/g, day).replace(/\{time[^}]*\}/g, time);
  return element(
    "time",
    { datetime: moment.toISOString(), title: moment.toLocaleString() },
    shown,
  );
}

export function textOf(object) {
  if (!object) return "";
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  const box = document.createDocumentFragment();
  let end = 0;
  for (const found of object.text.matchAll(/:([a-z0-9_+\-']+):/g)) {
    box.append(object.text.slice(end, found.index), emoji(found[1]) ?? found[0]);
    end = found.index + found[0].length;
  }
  box.append(object.text.slice(end));
  return box;
}
