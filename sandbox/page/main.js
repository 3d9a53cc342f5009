// Start of the page: the control bar and the wall of phones.

import { buildClock } from "./clock.js";
import { el, icon } from "./dom.js";
import { borrowLetters } from "./letters.js";
import { anyFault, buildNetwork } from "./network.js";
import { buildPersonForm } from "./people.js";
import { Wall } from "./wall.js";
import { World } from "./world.js";

const NOTE_MS = 4000;

const note = el("div.bar-note", { role: "status", "aria-live": "polite", "data-testid": "bar-note" });
let noteTimer = 0;

function notify(text, isError = false) {
  note.textContent = text;
  note.classList.toggle("error", isError);
  note.classList.add("shown");
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => note.classList.remove("shown"), NOTE_MS);
}

/** A button of the bar that opens a popover below it. */
function popover(sign, text, testid, content, opened = () => {}) {
  const box = el("div.popover", { popover: "auto", id: `${testid}-popover`, "data-testid": `${testid}-popover` }, content);
  const button = el(
    "button.bar-button.with-icon",
    { "data-testid": testid, popovertarget: box.id, title: text },
    icon(sign),
    el("span", { text }),
  );
  box.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") opened();
  });
  box.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    const frame = button.getBoundingClientRect();
    box.style.top = `${frame.bottom + 8}px`;
    box.style.left = `${Math.max(8, Math.min(frame.right - box.offsetWidth, innerWidth - box.offsetWidth - 8))}px`;
  });
  return { button, box };
}

async function main() {
  await borrowLetters();
  const world = new World();
  const clock = buildClock(world, notify);
  const wall = new Wall(world);
  const network = buildNetwork(notify, (faulty) => networkPopover.button.classList.toggle("alarm", faulty));
  const networkPopover = popover("network", "Network", "network", network.node, network.open);
  const form = buildPersonForm(async (person) => {
    personPopover.box.hidePopover();
    await world.refresh();
    await wall.show(person.id);
  }, notify);
  const personPopover = popover("addPerson", "Add a person", "add-person", form);

  const tools = el("div.tools", { id: "tools" }, clock.buttons, networkPopover.button, personPopover.button);
  const unfold = el("button.bar-button.unfold", {
    label: "Clock, network and people",
    "data-testid": "tools",
    "aria-expanded": "false",
    "aria-controls": "tools",
  }, icon("down"));
  unfold.addEventListener("click", () => {
    const open = document.body.classList.toggle("tools-open");
    unfold.setAttribute("aria-expanded", String(open));
  });
  const bar = el("header.bar", { label: "Sandbox" }, wall.tabs, clock.face, tools, unfold);
  document.body.replaceChildren(bar, note, wall.node, networkPopover.box, personPopover.box);

  try {
    await world.refresh();
  } catch (error) {
    wall.node.replaceChildren(el("p.fatal", { role: "alert", text: error.message }));
    return;
  }
  document.title = `${world.bot.name} on phones`;
  networkPopover.button.classList.toggle("alarm", anyFault(world.state.faults ?? {}));
  await wall.start();
  document.body.dataset.ready = "true";
}

main();
