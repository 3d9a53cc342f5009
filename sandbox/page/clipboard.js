// Copying text, with a word about whether it worked.

/** Copy `text` and say so on the phone. */
export async function copyText(phone, text) {
  try {
    await navigator.clipboard.writeText(text);
    phone.overlay.toast("Copied");
  } catch {
    phone.overlay.toast("The browser did not allow copying", { error: true });
  }
}
