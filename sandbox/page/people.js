// "Add a person": a form for somebody who gets a phone of their own.

import { addPerson } from "./api.js";
import { el } from "./dom.js";

const LANGUAGES = [
  ["en", "English"],
  ["zh-hans", "简体中文"],
  ["zh-hant", "繁體中文"],
  ["fr", "Français"],
  ["es", "Español"],
  ["ar", "العربية"],
  ["sw", "Kiswahili"],
];

/** The popover's content. `added(person)` runs with the person the sandbox made. */
export function buildPersonForm(added, notify) {
  const field = (name, text, props = {}) => {
    const input = el("input", { name, "data-testid": `person-${name}`, autocomplete: "off", ...props });
    return el("label.fault", {}, el("span", { text }), input);
  };
  const language = el("select", { name: "language_code", "data-testid": "person-language_code" });
  for (const [code, text] of LANGUAGES) language.append(el("option", { value: code, text }));
  const node = el(
    "form.popover-form",
    {},
    el("h2", { text: "Add a person" }),
    field("first_name", "First name", { required: true, maxlength: 64, dir: "auto" }),
    field("last_name", "Last name", { maxlength: 64, dir: "auto" }),
    field("phone", "Phone", { type: "tel", placeholder: "+8613800138000" }),
    el("label.fault", {}, el("span", { text: "Language" }), language),
    el("button.main", { type: "submit", text: "Add", "data-testid": "person-add" }),
  );
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = {};
    for (const [name, value] of new FormData(node)) if (value.trim()) person[name] = value.trim();
    try {
      const made = await addPerson(person);
      node.reset();
      await added(made.person ?? made);
    } catch (error) {
      notify(error.message, true);
    }
  });
  return node;
}
