// What can be done with a whole chat: block the bot, see the members, see all topics together.

import { setBlocked } from "./api.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { fullName } from "./format.js";

/** Open the menu behind the three dots. */
export function openChatMenu(view, anchor) {
  const { phone, cid } = view;
  const items = [];
  if (view.chat.forum && view.thread !== undefined) {
    const all = () => phone.openThread(cid, undefined);
    items.push({ icon: "menu", text: "View all messages", testid: "view-as-messages", act: all });
  }
  items.push(view.isGroup ? membersItem(view) : blockItem(phone));
  phone.overlay.menu(anchor, items);
}

/** Block the bot or let it write again. */
export function block(phone, blocked) {
  return phone.run(async () => {
    await setBlocked(phone.uid, blocked);
    await phone.world.refresh();
  });
}

function blockItem(phone) {
  const { blocked } = phone.person;
  if (blocked) return { icon: "check", text: "Unblock bot", testid: "unblock", act: () => block(phone, false) };
  return { icon: "block", text: "Block bot", danger: true, testid: "block", act: () => block(phone, true) };
}

function membersItem(view) {
  return { icon: "people", text: "Members", testid: "members", act: () => showMembers(view) };
}

function showMembers({ phone, cid }) {
  const { world, overlay } = phone;
  const sheet = overlay.sheet("Members", { testid: "members-sheet" });
  const people = (world.group(cid)?.members ?? []).map((uid) => world.person(uid)).filter(Boolean);
  sheet.body.append(
    member(world.bot.id, world.bot.name, "bot"),
    ...people.map((person) => member(person.id, fullName(person), person.username ? `@${person.username}` : "member")),
  );
}

function member(id, name, note) {
  const words = el("div", {}, el("b", { text: name, dir: "auto" }), el("span", { text: note }));
  return el("div.member", {}, avatar(id, name), words);
}
