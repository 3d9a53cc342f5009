// The first screen of a phone: every chat with its last message.

import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { fullName, summary, whenShort } from "./format.js";

export class ChatList {
  constructor(phone) {
    this.phone = phone;
    this.rows = el("div.rows", { role: "list", label: "Chats" });
    const name = fullName(phone.person);
    this.node = el(
      "section.view.list-view",
      { label: "Chats", "data-testid": "chat-list" },
      el("header.top", {}, el("h1", { text: "Chats" }), avatar(phone.uid, name, "small")),
      el("div.scroller", {}, this.rows),
    );
    this.draw = this.draw.bind(this);
    for (const name of ["chats", "action"]) phone.feed.addEventListener(name, this.draw);
    phone.world.addEventListener("day", this.draw);
    phone.feed.watch(null);
    this.draw();
  }

  destroy() {
    for (const name of ["chats", "action"]) this.phone.feed.removeEventListener(name, this.draw);
    this.phone.world.removeEventListener("day", this.draw);
  }

  draw() {
    const chats = [...this.phone.feed.chats.values()];
    chats.sort((a, b) => (b.last?.date ?? "").localeCompare(a.last?.date ?? ""));
    const focused = document.activeElement?.dataset?.chat;
    this.rows.replaceChildren(...chats.map((chat) => this.row(chat)));
    if (!chats.length) this.rows.append(el("p.empty", { text: "No chats yet." }));
    if (focused) this.rows.querySelector(`[data-chat="${focused}"]`)?.focus();
  }

  row(chat) {
    const { feed, world } = this.phone;
    const action = feed.actions.get(chat.id);
    const unread = feed.unreadCount(chat.id);
    const badge = unread
      ? el("span.badge", { "data-testid": "unread", label: `${unread} unread`, text: String(unread) })
      : null;
    return el(
      "div",
      { role: "listitem" },
      el(
        "button.row",
        { "data-chat": chat.id, on: { click: () => this.phone.openChat(chat.id) } },
        avatar(chat.kind === "private" ? world.bot.id : chat.id, chat.title),
        el(
          "span.row-text",
          {},
          el(
            "span.row-line",
            {},
            el("span.row-title", { text: chat.title, dir: "auto" }),
            el("span.row-time", { text: chat.last ? whenShort(chat.last.date, world.now) : "" }),
          ),
          el("span.row-line", {}, action ? el("span.row-last.typing", { text: "typing…" }) : lastLine(chat), badge),
        ),
      ),
    );
  }
}

/** The last message in one line, with its writer's name in groups. */
function lastLine(chat) {
  const line = el("span.row-last", { dir: "auto" });
  if (!chat.last) {
    line.textContent = chat.kind === "private" ? "Say hello" : "No messages yet";
    return line;
  }
  const writer = chat.last.mine ? "You" : chat.last.from?.name;
  if (!chat.last.service && (chat.last.mine || chat.kind === "group")) {
    line.append(el("span.row-writer", { text: `${writer}: ` }));
  }
  line.append(summary(chat.last));
  return line;
}
