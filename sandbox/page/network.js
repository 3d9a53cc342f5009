// The faults between the bot and Telegram that can be switched on, in a popover of the control bar.

import { getFaults, setFaults } from "./api.js";
import { el } from "./dom.js";

const FIELDS = [
  ["latency", "Answer after", "number", { min: 0, max: 30, step: 0.1 }, "seconds"],
  ["drop_next", "Drop the next", "number", { min: 0, max: 1000, step: 1 }, "connections"],
  ["drop_probability", "Drop at random", "number", { min: 0, max: 1, step: 0.05 }, "of 1"],
  ["error_next", "Fail the next", "number", { min: 0, max: 1000, step: 1 }, "calls with 5xx"],
  ["error_probability", "Fail at random", "number", { min: 0, max: 1, step: 0.05 }, "of 1"],
  ["flood_next", "Refuse the next", "number", { min: 0, max: 1000, step: 1 }, "calls with 429"],
  ["duplicate_updates", "Deliver every update twice", "checkbox", {}, ""],
  ["after_processing", "Lose only the answer, not the call", "checkbox", {}, ""],
  ["method", "Only for method", "text", { placeholder: "any, e.g. sendMessage" }, ""],
  ["chat", "Only for chat", "text", { placeholder: "any, e.g. 1001", inputmode: "numeric" }, ""],
];

/**
 * The popover's content: a form that reads the faults when opened. Returns {node, open}.
 * Nothing can be entered before the answer is there, or a slow answer would overwrite it.
 */
export function buildNetwork(notify, changed) {
  const inputs = new Map();
  const rows = FIELDS.map(([name, text, type, limits, unit]) => {
    const input = el("input", { type, name, ...limits, "data-testid": `fault-${name}` });
    inputs.set(name, input);
    return el("label.fault", {}, el("span", { text }), input, unit ? el("i", { text: unit }) : null);
  });
  const read = (faults) => {
    for (const [name, input] of inputs) {
      if (input.type === "checkbox") input.checked = Boolean(faults[name]);
      else input.value = faults[name] ?? (input.type === "number" ? 0 : "");
    }
    changed(anyFault(faults));
  };
  const write = async (faults) => {
    try {
      read((await setFaults(faults)) ?? faults);
      notify(anyFault(faults) ? "The network has faults" : "The network is well");
    } catch (error) {
      notify(error.message, true);
    }
  };
  const collect = () => {
    const faults = {};
    for (const [name, input] of inputs) {
      if (input.type === "checkbox") faults[name] = input.checked;
      else if (input.type === "number") faults[name] = Number(input.value) || 0;
      else faults[name] = input.value.trim() || null;
    }
    if (faults.chat !== null) faults.chat = Number(faults.chat) || null;
    return faults;
  };
  const calm = () => {
    for (const input of inputs.values()) {
      if (input.type === "checkbox") input.checked = false;
      else input.value = input.type === "number" ? "0" : "";
    }
    write(collect());
  };
  const submit = (event) => {
    event.preventDefault();
    write(collect());
  };
  const fields = el(
    "fieldset.popover-form",
    {},
    ...rows,
    el(
      "div.pair",
      {},
      el("button.plain", { text: "No faults", "data-testid": "faults-reset", on: { click: calm } }),
      el("button.main", { type: "submit", text: "Apply", "data-testid": "faults-apply" }),
    ),
  );
  const node = el(
    "form.popover-form",
    { on: { submit } },
    el("h2", { text: "Network between bot and Telegram" }),
    fields,
  );
  const open = async () => {
    fields.disabled = true;
    try {
      read(await getFaults());
    } catch (error) {
      notify(error.message, true);
    } finally {
      fields.disabled = false;
    }
  };
  return { node, open };
}

/** Whether anything is switched on. */
export function anyFault(faults) {
  const numbers = ["latency", "drop_next", "drop_probability", "error_next", "error_probability", "flood_next"];
  return Boolean(faults.duplicate_updates) || numbers.some((name) => Number(faults[name]) > 0);
}
