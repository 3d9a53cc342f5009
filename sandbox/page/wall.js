// The phones side by side: which people have one on the page, and which one a narrow screen shows.

import { avatar } from "./avatar.js";
import { el, icon, iconButton } from "./dom.js";
import { fullName } from "./format.js";
import { Phone } from "./phone.js";

// Each phone keeps a stream open, and browsers allow six connections to one host.
const PHONES_MAX = 4;

export class Wall {
  constructor(world) {
    this.world = world;
    this.slots = [];
    this.current = 0;
    this.tabs = el("div.tabs", { role: "group", label: "Phones" });
    this.add = el(
      "button.add-phone",
      { title: "Show another phone", "data-testid": "add-phone", on: { click: () => this.addNext() } },
      icon("plus"),
      el("span", { text: "Phone" }),
    );
    this.row = el("div.wall-row");
    this.node = el("main.wall", { label: "Phones" }, this.row);
    world.addEventListener("change", () => this.drawLabels());
  }

  /** The people in the address (?people=1,2), else one who is served and one who serves. */
  async start() {
    const asked = new URLSearchParams(location.search).get("people")?.split(",").map(Number) ?? [];
    const known = asked.filter((uid) => this.world.person(uid));
    const order = this.world.inOrder();
    const pair = order.length > 1 ? [order[0], order.find((one) => this.isStaff(one.id)) ?? order[1]] : order;
    const people = known.length ? known : [...new Set(pair.map((person) => person.id))];
    for (const uid of people.slice(0, PHONES_MAX)) this.put(uid);
    this.drawLabels();
    await Promise.all(this.slots.map((slot) => slot.phone.start()));
  }

  isStaff(uid) {
    return this.world.state.groups.some((group) => group.members.includes(uid));
  }

  put(uid, at = this.slots.length) {
    const slot = { uid, phone: new Phone(this.world, uid), label: el("div.phone-label") };
    slot.node = el("div.slot", {}, slot.label, slot.phone.node);
    const old = this.slots[at];
    if (old) {
      old.phone.destroy();
      old.node.replaceWith(slot.node);
      this.slots[at] = slot;
    } else {
      this.slots.push(slot);
      this.row.append(slot.node);
    }
    for (const name of ["chats", "online"]) slot.phone.feed.addEventListener(name, () => this.drawTabs());
    return slot;
  }

  /** Give somebody a phone on the page, or bring it into view when they have one. */
  async show(uid) {
    let at = this.slots.findIndex((slot) => slot.uid === uid);
    if (at < 0) {
      at = Math.min(this.slots.length, PHONES_MAX - 1);
      const slot = this.put(uid, at);
      this.changed();
      await slot.phone.start();
    }
    this.select(at);
    this.slots[at].node.scrollIntoView({ inline: "nearest", block: "nearest", behavior: "smooth" });
  }

  addNext() {
    const next = this.world.inOrder().find((person) => !this.slots.some((slot) => slot.uid === person.id));
    if (next) this.show(next.id);
  }

  async switchTo(at, uid) {
    const slot = this.put(uid, at);
    this.changed();
    await slot.phone.start();
  }

  remove(at) {
    const [slot] = this.slots.splice(at, 1);
    slot.phone.destroy();
    slot.node.remove();
    this.current = Math.min(this.current, this.slots.length - 1);
    this.changed();
  }

  changed() {
    const query = new URLSearchParams(location.search);
    query.set("people", this.slots.map((slot) => slot.uid).join(","));
    history.replaceState(null, "", `?${decodeURIComponent(query)}`);
    this.drawLabels();
  }

  select(at) {
    this.current = at;
    this.drawTabs();
  }

  drawLabels() {
    this.slots.forEach((slot, at) => slot.label.replaceChildren(...this.label(slot, at)));
    const full = this.slots.length >= PHONES_MAX || this.slots.length >= this.world.people.length;
    this.add.hidden = full;
    this.row.append(this.add);
    this.drawTabs();
  }

  label(slot, at) {
    const choice = el("select", { label: "Whose phone this is", "data-testid": "switch-person" });
    for (const person of this.world.inOrder()) {
      const taken = person.id !== slot.uid && this.slots.some((other) => other.uid === person.id);
      const option = el("option", { value: person.id, text: fullName(person), disabled: taken });
      option.selected = person.id === slot.uid;
      choice.append(option);
    }
    choice.addEventListener("change", () => this.switchTo(at, Number(choice.value)));
    const note = this.isStaff(slot.uid) ? "in the group" : (this.world.person(slot.uid)?.language_code ?? "");
    const remove = iconButton("close", "Put this phone away", () => this.remove(at), { "data-testid": "remove-phone" });
    return [choice, el("span.phone-note", { text: note }), this.slots.length > 1 ? remove : null].filter(Boolean);
  }

  /** The switcher of narrow screens. */
  drawTabs() {
    this.slots.forEach((slot, at) => slot.node.classList.toggle("current", at === this.current));
    this.tabs.replaceChildren(
      ...this.slots.map((slot, at) => {
        const person = this.world.person(slot.uid);
        const unread = [...slot.phone.feed.chats.keys()].reduce((sum, cid) => sum + slot.phone.feed.unreadCount(cid), 0);
        return el(
          "button.tab",
          {
            "aria-pressed": String(at === this.current),
            "data-tab": slot.uid,
            on: { click: () => this.select(at) },
          },
          avatar(slot.uid, fullName(person), "tiny"),
          el("span", { text: person.first_name, dir: "auto" }),
          unread ? el("span.badge", { text: String(unread), label: `${unread} unread` }) : null,
        );
      }),
    );
  }
}
