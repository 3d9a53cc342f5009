// The round picture of a person, a bot, a group or a topic.

import { el, icon } from "./dom.js";
import { hueOf, initials } from "./format.js";

/** An avatar with the initials of `name`, in the color of `id`; `size` is a class: small, or none. */
export function avatar(id, name, size = "") {
  return el(`div.avatar${size ? `.${size}` : ""}`, {
    "aria-hidden": "true",
    text: initials(name),
    style: { "--hue": String(hueOf(id)) },
  });
}

/** The sign of a forum topic. */
export function topicSign(id, name) {
  const general = id === null;
  const hue = String(hueOf(general ? 3 : id));
  const sign = el(`div.avatar.topic${general ? ".general" : ""}`, { "aria-hidden": "true", style: { "--hue": hue } });
  if (general) sign.append(icon("hash"));
  else sign.textContent = Array.from(name.trim())[0] ?? "#";
  return sign;
}
