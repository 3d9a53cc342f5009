// Things to share that are not files: a contact, a place, a sticker.

import { sendContact, sendLocation, sendSticker } from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { fullName } from "./format.js";

const PLACES = [
  ["Shanghai", 31.2304, 121.4737],
  ["Kunming", 25.0389, 102.7183],
  ["Nairobi", -1.2864, 36.8172],
  ["London", 51.5072, -0.1276],
];
const STICKERS = ["👍", "👋", "🙏", "❤️", "😀", "😂", "😢", "😡", "🎉", "🤝", "🤔", "🐼"];

/** Choose whose contact to share: one's own, another person's of the sandbox, or any typed one. */
export function shareContact(view) {
  const { phone } = view;
  const sheet = phone.overlay.sheet("Share a contact", { testid: "contact-sheet" });
  const send = async (body) => {
    sheet.close();
    await view.deliver((fields) => sendContact(phone.uid, view.cid, { ...body, ...fields }));
  };
  for (const person of [phone.person, ...phone.world.people.filter((other) => other.id !== phone.uid)]) {
    const own = person.id === phone.uid;
    const name = fullName(person);
    sheet.body.append(
      el(
        "button.row",
        { "data-contact": own ? "own" : person.id, on: { click: () => send({ user_id: own ? null : person.id }) } },
        avatar(person.id, name),
        el(
          "span.row-text",
          {},
          el("span.row-title", { text: own ? `${name} (you)` : name, dir: "auto" }),
          el("span.row-last", { text: person.phone ?? "no number" }),
        ),
      ),
    );
  }
  sheet.body.append(otherContact(send));
}

function otherContact(send) {
  const name = el("input", { name: "name", required: true, placeholder: "Name", label: "Name", "data-testid": "contact-name" });
  const number = el("input", {
    name: "phone",
    type: "tel",
    required: true,
    placeholder: "+86 138 0000 0000",
    label: "Phone number",
    "data-testid": "contact-phone",
  });
  const submit = (event) => {
    event.preventDefault();
    send({ first_name: name.value.trim(), phone: number.value.replace(/[\s()-]/g, "") });
  };
  const button = el("button.main", { type: "submit", text: "Share", "data-testid": "contact-share" });
  return el("form.inline-form", { on: { submit } }, el("h3", { text: "Somebody else" }), name, number, button);
}

/** Choose a place to send. `asked`: the bot's button asked for it, so the title is a question. */
export function shareLocation(view, { asked = false } = {}) {
  const { phone } = view;
  const sheet = phone.overlay.sheet(asked ? "Share your location?" : "Send a location", { testid: "location-sheet" });
  const [, latitude, longitude] = PLACES[0];
  const field = (text, value, limit, testid) => {
    const range = { type: "number", step: "any", min: -limit, max: limit };
    const input = el("input", { ...range, required: true, value, "data-testid": testid });
    return [el("label", {}, text, input), input];
  };
  const [northLabel, north] = field("Latitude", latitude, 90, "latitude");
  const [eastLabel, east] = field("Longitude", longitude, 180, "longitude");
  const presets = PLACES.map(([name, lat, lon]) => {
    const fill = () => {
      north.value = lat;
      east.value = lon;
    };
    return el("button.chip", { text: name, on: { click: fill } });
  });
  const submit = async (event) => {
    event.preventDefault();
    sheet.close();
    const body = { latitude: Number(north.value), longitude: Number(east.value) };
    await view.deliver((fields) => sendLocation(phone.uid, view.cid, { ...body, ...fields }));
  };
  sheet.body.append(
    el(
      "form.inline-form",
      { on: { submit } },
      el("div.chips", {}, presets),
      el("div.pair", {}, northLabel, eastLabel),
      el("button.main", { type: "submit", text: asked ? "Share" : "Send", "data-testid": "location-send" }),
    ),
  );
}

/** Choose a sticker to send. */
export function pickSticker(view) {
  const sheet = view.phone.overlay.sheet("Stickers", { testid: "sticker-sheet" });
  const grid = el("div.sticker-grid");
  for (const emoji of STICKERS) {
    const send = () => {
      sheet.close();
      view.deliver((fields) => sendSticker(view.phone.uid, view.cid, { emoji, ...fields }));
    };
    grid.append(el("button", { text: emoji, label: `Sticker ${emoji}`, on: { click: send } }));
  }
  sheet.body.append(grid);
}
