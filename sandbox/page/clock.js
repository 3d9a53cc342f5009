// The simulated clock in the control bar, and the buttons that move it.

import { advanceClock } from "./api.js";
import { el, icon } from "./dom.js";
import { fullDate, shortDate, timeOfDay, yearOf } from "./format.js";

const STEPS = [
  ["+1 day", { days: 1 }, "clock-day"],
  ["+1 week", { days: 7 }, "clock-week"],
];

/** The clock for the bar: {face, buttons}. `notify(text, isError)` tells what came of a jump. */
export function buildClock(world, notify) {
  const day = el("span.clock-date", { "data-testid": "clock-date" });
  const time = el("span.clock-time", { "data-testid": "clock-time" });
  const face = el("div.clock-face", { title: "Simulated time", label: "Simulated time" }, icon("clock"), day, time);
  const buttons = el("div.clock-buttons", { role: "group", label: "Move the clock" });

  const tick = () => {
    if (day.textContent !== fullDate(world.now)) {
      day.replaceChildren(shortDate(world.now), el("span.year", { text: ` ${yearOf(world.now)}` }));
    }
    time.textContent = timeOfDay(world.now);
  };
  const draw = () => {
    const { jumps, can_advance: able } = world.state.clock;
    buttons.hidden = !able;
    const jumpSteps = jumps.map((name) => [labelOf(name), { jump: name }, `clock-jump`, name]);
    buttons.replaceChildren(...[...STEPS, ...jumpSteps].map((step) => jumpButton(step, { world, buttons, notify })));
  };
  world.addEventListener("clock", tick);
  let known = "";
  world.addEventListener("change", () => {
    const shape = JSON.stringify(world.state.clock);
    if (shape !== known) draw();
    known = shape;
  });
  return { face, buttons };
}

function labelOf(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function jumpButton([text, step, testid, jump], { world, buttons, notify }) {
  const button = el("button.bar-button", { text, "data-testid": testid, "data-jump": jump });
  button.addEventListener("click", async () => {
    for (const other of buttons.children) other.disabled = true;
    button.classList.add("busy");
    button.setAttribute("aria-busy", "true");
    try {
      const { now } = await advanceClock(step);
      world.setNow(now);
      await world.refresh();
      notify(`It is ${fullDate(world.now)}, ${timeOfDay(world.now)}`);
    } catch (error) {
      notify(error.message, true);
    }
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
    for (const other of buttons.children) other.disabled = false;
  });
  return button;
}
