// What lies over a phone's screen: sheets, dialogs, menus and toasts. Each keeps the focus and gives it back.

import { el, icon, iconButton } from "./dom.js";

const FOCUSABLE = "button:not([disabled]), input:not([hidden]):not([disabled]), textarea, select, a[href]";
const TOAST_MS = 3500;
let titles = 0;

export class Overlay {
  /** `screen` is the element that everything is laid over; it must be positioned. */
  constructor(screen) {
    this.screen = screen;
    this.toasts = el("div.toasts", { role: "status", "aria-live": "polite" });
    screen.append(this.toasts);
  }

  /** Lay `panel` over the screen; returns a function that takes it away. `closed` runs once, however it goes. */
  open(panel, { kind, closed = () => {}, closable = true }) {
    const before = document.activeElement;
    const shade = el(`div.shade.shade-${kind}`, {}, panel);
    let gone = false;
    const close = () => {
      if (gone) return;
      gone = true;
      shade.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      closed();
    };
    shade.addEventListener("pointerdown", (event) => {
      if (event.target === shade && closable) close();
    });
    shade.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && closable) {
        event.stopPropagation();
        close();
      } else if (event.key === "Tab") keepInside(event, panel);
    });
    this.screen.append(shade);
    const first = panel.querySelector("[data-first]") ?? panel.querySelector(FOCUSABLE) ?? panel;
    first.focus({ preventScroll: true });
    return close;
  }

  /** A sheet that rises from the bottom, with a title and a close button. Returns {panel, body, close}. */
  sheet(title, { testid, closed, tall = false } = {}) {
    const name = `sheet-${++titles}`;
    const body = el("div.sheet-body");
    const sheet = { body, close: () => {} };
    const cross = iconButton("close", "Close", () => sheet.close(), { "data-testid": "sheet-close" });
    const head = el("header.sheet-head", {}, el("h2", { id: name, text: title }), cross);
    sheet.panel = el(
      `section.sheet${tall ? ".tall" : ""}`,
      { role: "dialog", "aria-modal": "true", "aria-labelledby": name, tabindex: "-1", "data-testid": testid },
      head,
      body,
    );
    sheet.close = this.open(sheet.panel, { kind: "sheet", closed });
    return sheet;
  }

  /** A question or a notice in the middle; resolves to true for the main button, false otherwise. */
  ask({ title, text, yes = "OK", no = null, danger = false, testid = "dialog" }) {
    return new Promise((resolve) => {
      let answer = false;
      let close = () => {};
      const choose = (value) => () => {
        answer = value;
        close();
      };
      const name = `dialog-${++titles}`;
      const panel = el(
        "section.dialog",
        { role: "alertdialog", "aria-modal": "true", "aria-labelledby": name, tabindex: "-1", "data-testid": testid },
        title ? el("h2", { text: title, id: name }) : null,
        el("p", { text, dir: "auto", id: title ? null : name }),
        el(
          "div.dialog-buttons",
          {},
          no ? el("button", { text: no, "data-testid": "dialog-no", on: { click: choose(false) } }) : null,
          el(`button.main${danger ? ".danger" : ""}`, {
            text: yes,
            "data-first": "",
            "data-testid": "dialog-yes",
            on: { click: choose(true) },
          }),
        ),
      );
      close = this.open(panel, { kind: "dialog", closed: () => resolve(answer) });
    });
  }

  /** A menu near a point or an element. Items: {icon, text, danger, testid, act}. */
  menu(where, items) {
    const list = el("div.menu", { role: "menu", tabindex: "-1", "data-testid": "menu" });
    const close = this.open(list, { kind: "menu" });
    for (const item of items) {
      const choose = () => {
        close();
        item.act();
      };
      list.append(
        el(
          `button${item.danger ? ".danger" : ""}`,
          { role: "menuitem", "data-testid": item.testid, on: { click: choose } },
          icon(item.icon),
          el("span", { text: item.text }),
        ),
      );
    }
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const buttons = [...list.children];
      const at = buttons.indexOf(document.activeElement);
      buttons[(at + step + buttons.length) % buttons.length].focus();
    });
    this.place(list, where);
    list.firstElementChild?.focus();
  }

  place(list, where) {
    const frame = this.screen.getBoundingClientRect();
    const box = where instanceof Element ? where.getBoundingClientRect() : null;
    const x = (box ? box.right - list.offsetWidth : where.x) - frame.left;
    const y = (box ? box.bottom + 4 : where.y) - frame.top;
    list.style.left = `${Math.max(8, Math.min(x, frame.width - list.offsetWidth - 8))}px`;
    list.style.top = `${Math.max(8, Math.min(y, frame.height - list.offsetHeight - 8))}px`;
  }

  /** A short notice that goes by itself. */
  toast(text, { error = false } = {}) {
    const note = el(`div.toast${error ? ".error" : ""}`, { text, dir: "auto", "data-testid": "toast" });
    this.toasts.replaceChildren(note);
    setTimeout(() => note.remove(), TOAST_MS + text.length * 30);
  }

  /** News from a chat that is not on the screen; a touch opens it. */
  banner(title, text, open) {
    const note = el(
      "button.banner",
      {
        "data-testid": "banner",
        on: {
          click: () => {
            note.remove();
            open();
          },
        },
      },
      el("strong", { text: title, dir: "auto" }),
      el("span", { text, dir: "auto" }),
    );
    this.screen.querySelector(".banner")?.remove();
    this.screen.append(note);
    setTimeout(() => note.remove(), TOAST_MS + 1500);
  }
}

function keepInside(event, panel) {
  const stops = [...panel.querySelectorAll(FOCUSABLE)].filter((node) => node.offsetParent !== null);
  if (!stops.length) return;
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
}
