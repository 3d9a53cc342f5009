// The two kinds of keyboard: buttons under a bubble, and the reply keyboard under the composer.

import { press } from "./api.js";
import { copyText } from "./clipboard.js";
import { el, icon } from "./dom.js";

const SIGNS = { url: "link", web_app: "link", pay: "card", copy: "copy" };

/** The buttons under a message, null when there are none. `pay` opens the payment page; nothing is paid twice. */
export function inlineKeyboard(message, { phone, cid, pay }) {
  const open = (button) => button.kind !== "pay" || !message.invoice?.paid;
  const rows = message.inline_keyboard.map((row) => row.filter(open)).filter((row) => row.length);
  if (!rows.length) return null;
  const board = el("div.inline-keyboard", { role: "group", label: "Buttons", "data-testid": "inline-keyboard" });
  for (const row of rows) {
    board.append(el("div.inline-row", {}, row.map((button) => inlineButton(button, message, { phone, cid, pay }))));
  }
  return board;
}

function inlineButton(button, message, { phone, cid, pay }) {
  const words = [el("span", { text: button.text, dir: "auto" })];
  if (SIGNS[button.kind]) words.push(icon(SIGNS[button.kind]));
  const look = { "data-testid": "inline-button", "data-kind": button.kind, title: button.text };
  if (button.kind === "url" || button.kind === "web_app") {
    const follow = (event) => {
      if (phone.followBotLink(button.url)) event.preventDefault();
    };
    const link = { href: button.url, target: "_blank", rel: "noopener noreferrer", on: { click: follow } };
    return el("a.inline-button", { ...look, ...link }, ...words);
  }
  const node = el("button.inline-button", { ...look }, ...words);
  const acts = {
    pay,
    copy: () => copyText(phone, button.data ?? button.text),
    callback: () => pressAndShow(node, phone, cid, message.id, button.data),
  };
  node.addEventListener("click", acts[button.kind] ?? acts.callback);
  return node;
}

/** Press a callback button: progress until the bot answers, then its toast, alert or link. */
async function pressAndShow(node, phone, cid, id, data) {
  if (node.classList.contains("busy")) return;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  await phone.run(async () => {
    const answer = await press(phone.uid, cid, id, data);
    if (answer.url && !phone.followBotLink(answer.url)) window.open(answer.url, "_blank", "noopener");
    if (!answer.answered) phone.overlay.toast("The bot did not answer", { error: true });
    else if (answer.text && answer.alert) phone.overlay.ask({ text: answer.text, testid: "alert" });
    else if (answer.text) phone.overlay.toast(answer.text);
  });
  node.classList.remove("busy");
  node.removeAttribute("aria-busy");
}

/** The reply keyboard. `choose` gets the pressed button's record. */
export function replyKeyboard(keyboard, choose) {
  const board = el(`div.reply-keyboard${keyboard.resize ? "" : ".full"}`, {
    role: "group",
    label: "Answers",
    "data-testid": "reply-keyboard",
  });
  for (const row of keyboard.rows) {
    const buttons = row.map((button) => {
      const sign = button.request_contact ? "person" : button.request_location ? "location" : null;
      return el(
        "button.reply-button",
        { "data-testid": "reply-button", on: { click: () => choose(button) } },
        sign ? icon(sign) : null,
        el("span", { text: button.text, dir: "auto" }),
      );
    });
    board.append(el("div.reply-row", {}, buttons));
  }
  return board;
}
