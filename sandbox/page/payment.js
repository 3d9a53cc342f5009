// The payment page of an invoice: a test bank that takes any card.

import { el, icon } from "./dom.js";
import { money } from "./format.js";

const DONE_MS = 1400;
const CARD = [
  ["Card number", "4242 4242 4242 4242", "cc-number", "wide"],
  ["Valid until", "12 / 39", "cc-exp", ""],
  ["CVC", "123", "cc-csc", ""],
  ["Name on the card", "", "cc-name", "wide"],
];

/** Open the payment page of `message`. `settle(outcome)` tells the sandbox "paid" or "cancelled". */
export function openPayment(phone, message, settle) {
  const { invoice } = message;
  let decided = false;
  const cancelled = () => {
    if (!decided) settle("cancelled").catch(() => {});
  };
  const sheet = phone.overlay.sheet("Checkout", { testid: "payment-sheet", tall: true, closed: cancelled });
  const amount = money(invoice.total, invoice.currency);
  const payButton = el("button.main.pay", { type: "submit", text: `Pay ${amount}`, "data-testid": "pay" });
  const decline = el("button.plain", { text: "Decline", "data-testid": "pay-decline" });
  const cancel = el("button.plain", { text: "Cancel", "data-testid": "pay-cancel", on: { click: () => sheet.close() } });

  const form = el(
    "form.card-form",
    {},
    el("h3", {}, icon("card"), "Test bank"),
    el("p.hint", { text: "No money moves. Any card number will do." }),
    el("div.card-fields", {}, CARD.map((field) => cardField(field, phone))),
    payButton,
    el("div.pair", {}, decline, cancel),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    decided = true;
    for (const button of [payButton, decline, cancel]) button.disabled = true;
    payButton.classList.add("busy");
    payButton.textContent = "Waiting for the shop…";
    finish(sheet, await outcomeOf(settle, "paid"), amount);
  });
  decline.addEventListener("click", async () => {
    decided = true;
    await outcomeOf(settle, "cancelled");
    result(sheet, { good: false, title: "Your bank declined this card", text: "Nothing was taken. You can try again." });
  });
  sheet.body.append(bill(phone, invoice, amount), form);
  payButton.focus({ preventScroll: true });
}

async function outcomeOf(settle, outcome) {
  try {
    return await settle(outcome);
  } catch (error) {
    return { ok: false, error: error.message };
  }
}

function cardField([text, value, autocomplete, width], phone) {
  const name = autocomplete === "cc-name" ? `${phone.person.first_name} ${phone.person.last_name ?? ""}`.trim() : value;
  const input = el("input", { value: name, required: true, inputmode: autocomplete === "cc-name" ? "text" : "numeric" });
  input.dataset.testid = autocomplete;
  return el(`label${width ? `.${width}` : ""}`, {}, text, input);
}

function bill(phone, invoice, amount) {
  return el(
    "div.bill",
    {},
    el("span.bill-merchant", { text: phone.world.bot.name, dir: "auto" }),
    el("strong.bill-total", { text: amount, "data-testid": "pay-total" }),
    el("span.bill-title", { text: invoice.title, dir: "auto" }),
    el("p", { text: invoice.description, dir: "auto" }),
  );
}

function finish(sheet, answer, amount) {
  if (!answer.ok) {
    const text = answer.error || "The shop did not confirm in time. Nothing was taken.";
    result(sheet, { good: false, title: "The payment did not go through", text });
    return;
  }
  result(sheet, { good: true, title: `Paid ${amount}`, text: "The receipt is in the chat." });
  setTimeout(sheet.close, DONE_MS);
}

function result(sheet, { good, title, text }) {
  const close = el("button.main", { text: "Close", "data-testid": "pay-close", on: { click: sheet.close } });
  sheet.body.replaceChildren(
    el(
      `div.pay-result${good ? ".good" : ".bad"}`,
      { role: "status", "data-testid": "pay-result" },
      el("span.pay-sign", { "aria-hidden": "true" }, icon(good ? "check" : "close")),
      el("h3", { text: title, dir: "auto" }),
      el("p", { text, dir: "auto" }),
      close,
    ),
  );
  close.focus({ preventScroll: true });
}
