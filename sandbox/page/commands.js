// The bot's commands: the whole list from the menu button, and suggestions while a slash is typed.

import { el } from "./dom.js";

export class CommandList {
  /** `used` runs when a command was sent from here. */
  constructor(view, used) {
    this.view = view;
    this.used = used;
    this.open = false;
    this.at = 0;
    this.node = el("div.commands", { hidden: true, role: "listbox", label: "Commands", "data-testid": "command-list" });
  }

  /** The commands of this chat in this person's language; the bot's default ones when the chat has none of its own. */
  get all() {
    const { feed, world } = this.view.phone;
    return feed.chats.get(this.view.cid)?.commands ?? world.bot.commands;
  }

  toggle() {
    this.open = !this.open;
    this.draw(this.open ? this.all : []);
  }

  close() {
    this.open = false;
    this.draw([]);
  }

  /** Show the commands that begin with what is typed. */
  suggest(text) {
    const typed = /^\/([a-zA-Z0-9_]*)$/.exec(text);
    this.open = false;
    this.draw(typed ? this.all.filter((one) => one.command.startsWith(typed[1].toLowerCase())) : []);
  }

  draw(commands) {
    this.at = 0;
    this.node.hidden = !commands.length;
    this.view.composer?.menuButton.setAttribute("aria-expanded", String(!this.node.hidden));
    this.node.replaceChildren(
      ...commands.map((one) =>
        el(
          "button.command-row",
          { role: "option", "data-command": one.command, on: { click: () => this.choose(one.command) } },
          el("b", { text: `/${one.command}` }),
          el("span", { text: one.description, dir: "auto" }),
        ),
      ),
    );
    this.mark();
  }

  mark() {
    [...this.node.children].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === this.at));
      if (at === this.at) row.scrollIntoView({ block: "nearest" });
    });
  }

  choose(command) {
    this.close();
    this.used();
    const suffix = this.view.isGroup ? `@${this.view.phone.world.bot.username}` : "";
    this.view.sendCommand(`/${command}${suffix}`);
  }

  /** Keys that belong to the list while it is shown; true when the key was taken. */
  onKey(event) {
    if (this.node.hidden) return false;
    const rows = [...this.node.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + rows.length) % rows.length;
      this.mark();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) rows[this.at].click();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
