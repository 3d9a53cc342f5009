// Message text: the server's safe HTML, with links, commands and spoilers that can be pressed.

import { el } from "./dom.js";

const COMMAND = /(^|[\s(])(\/[a-zA-Z][a-zA-Z0-9_]{0,31}(?:@[a-zA-Z0-9_]{3,32})?)(?![\w/.])/g;

/** The text or caption of a message. `send` sends a pressed command; `follow` may keep a link inside the phone. */
export function richText(message, { send, follow }) {
  const node = el("div.text", { dir: "auto", html: message.html ?? "" });
  for (const link of node.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.addEventListener("click", (event) => {
      if (follow(link.href)) event.preventDefault();
    });
  }
  for (const hidden of node.querySelectorAll("tg-spoiler, .spoiler, .tg-spoiler")) hideUntilPressed(hidden);
  pressableCommands(node, send);
  return node;
}

/** Whether the last line runs from right to left, so that its free end is on the left. */
export function endsRightToLeft(text) {
  const line = text.trimEnd().split("\n").at(-1);
  const letter = /\p{L}/u.exec(line)?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(letter);
}

function hideUntilPressed(node) {
  node.classList.add("spoiler");
  node.setAttribute("role", "button");
  node.setAttribute("tabindex", "0");
  node.setAttribute("aria-label", "Hidden text. Press to show");
  const reveal = () => {
    node.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => event.key === "Enter" && reveal());
}

function pressableCommands(root, send) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("a, code, pre, button")) texts.push(walker.currentNode);
  }
  for (const text of texts) {
    const parts = [];
    let from = 0;
    for (const match of text.data.matchAll(COMMAND)) {
      const start = match.index + match[1].length;
      const command = match[2];
      parts.push(text.data.slice(from, start), el("button.command", { text: command, on: { click: () => send(command) } }));
      from = start + command.length;
    }
    if (parts.length) text.replaceWith(...parts, text.data.slice(from));
  }
}
