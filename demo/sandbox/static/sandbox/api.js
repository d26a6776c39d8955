// Talking to the sandbox's server. Addresses are below the page's own.

import { sentence } from "./errors.js";

const root = document.body.dataset.root;
export const me = document.body.dataset.me;

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams({ as: me, ...parameters });
  const answer = await fetch(`${root}${path}?${query}`);
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer.json();
}

export async function act(what, body = {}) {
  const answer = await fetch(`${root}act/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ as: me, ...body }),
  });
  const data = await answer.json();
  if (!data.ok) throw new Error(sentence(data.error));
  return data;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}

let fading;
export function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { box.hidden = true; }, 6000);
}
