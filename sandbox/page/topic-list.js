// The topics of a forum group, each with its last message; General holds the messages of no topic.

import { avatar, topicSign } from "./avatar.js";
import { el, icon, iconButton } from "./dom.js";
import { summary, whenShort } from "./format.js";

export class TopicList {
  constructor(phone, cid) {
    this.phone = phone;
    this.cid = cid;
    this.rows = el("div.rows", { role: "list", label: "Topics" });
    const chat = phone.feed.chats.get(cid);
    this.subtitle = el("span.subtitle");
    const more = iconButton("more", "Chat menu", () => this.menu(more), { "data-testid": "chat-menu" });
    this.node = el(
      "section.view.list-view",
      { label: `${chat.title}: topics`, "data-testid": "topic-list" },
      el(
        "header.top.chat-top",
        {},
        iconButton("back", "Back to chats", () => phone.openList(), { "data-testid": "back" }),
        avatar(cid, chat.title, "small"),
        el("div.heading", {}, el("h1", { text: chat.title, dir: "auto" }), this.subtitle),
        more,
      ),
      el("div.scroller", {}, this.rows),
    );
    this.draw = this.draw.bind(this);
    phone.feed.addEventListener("messages", this.draw);
    phone.world.addEventListener("change", this.draw);
    phone.world.addEventListener("day", this.draw);
    phone.feed.watch(null);
    this.draw();
    if (!phone.feed.messages.has(cid)) phone.run(() => phone.feed.loadMessages(cid));
  }

  destroy() {
    this.phone.feed.removeEventListener("messages", this.draw);
    this.phone.world.removeEventListener("change", this.draw);
    this.phone.world.removeEventListener("day", this.draw);
  }

  menu(anchor) {
    this.phone.overlay.menu(anchor, [
      {
        icon: "menu",
        text: "View as messages",
        testid: "view-as-messages",
        act: () => this.phone.openThread(this.cid, undefined),
      },
    ]);
  }

  draw() {
    const { feed, world } = this.phone;
    const group = world.group(this.cid);
    const members = group?.members.length ?? 0;
    this.subtitle.textContent = `${members} ${members === 1 ? "member" : "members"}`;
    const topics = [{ id: null, name: "General", closed: false }, ...(group?.topics ?? [])];
    const lasts = new Map();
    for (const message of feed.list(this.cid)) lasts.set(message.thread_id ?? null, message);
    const general = topics.shift();
    topics.sort((a, b) => (lasts.get(b.id)?.id ?? b.id) - (lasts.get(a.id)?.id ?? a.id));
    this.rows.replaceChildren(...[general, ...topics].map((topic) => this.row(topic, lasts.get(topic.id))));
  }

  row(topic, last) {
    const unread = this.phone.feed.unreadCount(this.cid, topic.id);
    const writer = last && !last.service ? `${last.mine ? "You" : last.from?.name}: ` : "";
    return el(
      "div",
      { role: "listitem" },
      el(
        "button.row",
        { "data-topic": topic.id ?? "general", on: { click: () => this.phone.openThread(this.cid, topic.id) } },
        topicSign(topic.id, topic.name),
        el(
          "span.row-text",
          {},
          el(
            "span.row-line",
            {},
            el("span.row-title", { dir: "auto" }, topic.name, topic.closed ? icon("lock") : null),
            el("span.row-time", { text: last ? whenShort(last.date, this.phone.world.now) : "" }),
          ),
          el(
            "span.row-line",
            {},
            el(
              "span.row-last",
              { dir: "auto" },
              writer ? el("span.row-writer", { text: writer }) : null,
              last ? summary(last) : "No messages yet",
            ),
            unread ? el("span.badge", { "data-testid": "unread", label: `${unread} unread`, text: String(unread) }) : null,
          ),
        ),
      ),
    );
  }
}
