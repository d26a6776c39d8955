// The message box: Enter sends, @ and # complete, / hints.

import { element } from "./api.js";

export function composer(box, form, list, workspace, send) {
  let options = [];
  let chosen = 0;

  const grow = () => { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight, 200)}px`; };
  const hide = () => { options = []; if (list) list.hidden = true; box.removeAttribute("aria-activedescendant"); };

  function suggest() {
    if (!list) return;
    const before = box.value.slice(0, box.selectionStart);
    options = commands(before) ?? references(before) ?? [];
    chosen = 0;
    show();
  }

  function commands(before) {
    const { command } = workspace();
    if (!/^\/\S*$/.test(before) || !command.startsWith(before)) return null;
    return [{ insert: `${command} `, from: 0, text: command, hint: "Something is wrong | list | help" }];
  }

  function references(before) {
    const found = before.match(/(?:^|\s)([@#])([\w.\-]*)$/);
    if (!found) return null;
    const [, sign, typed] = found;
    const from = before.length - typed.length - 1;
    const all = sign === "@"
      ? [...workspace().members.filter((m) => !m.deleted).map((m) => [m.name, m.shown]),
         ...workspace().groups.map((g) => [g.handle, "a group"])]
      : workspace().channels.filter((c) => !c.im).map((c) => [c.name, c.topic]);
    return all
      .filter(([name, shown]) => `${name} ${shown}`.toLowerCase().includes(typed.toLowerCase()))
      .slice(0, 8)
      .map(([name, shown]) => ({ insert: `${sign}${name} `, from, text: `${sign}${name}`, hint: shown }));
  }

  function show() {
    list.replaceChildren(...options.map((o, n) => element("li", {
      role: "option", id: `option-${n}`, "aria-selected": String(n === chosen),
      onmousedown: (event) => { event.preventDefault(); take(o); },
    }, element("strong", {}, o.text), " ", element("span", { class: "hint" }, o.hint ?? ""))));
    list.hidden = !options.length;
    if (options.length) box.setAttribute("aria-activedescendant", `option-${chosen}`);
  }

  function take(option) {
    const end = box.selectionStart;
    box.setRangeText(option.insert, option.from, end, "end");
    hide();
    box.focus();
  }

  async function submit() {
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    grow();
    hide();
    try {
      await send(text);
    } catch (error) {
      box.value = text;
      grow();
      throw error;
    }
  }

  box.addEventListener("input", () => { grow(); suggest(); });
  box.addEventListener("blur", hide);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (options.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
      show();
      event.preventDefault();
    } else if (options.length && (event.key === "Tab" || event.key === "Enter")) {
      take(options[chosen]);
      event.preventDefault();
    } else if (event.key === "Escape" && options.length) {
      hide();
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
}
