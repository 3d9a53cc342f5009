// Chinese letters for machines that have none of their own.

const FAMILY = "Page letters";
const SIZE = 24;

/** Make the page readable before anything is drawn: what was once drawn as an empty box may stay one. */
export async function borrowLetters() {
  if (canDrawChinese()) return;
  const fonts = await document.fonts.load(`${SIZE}px "${FAMILY}"`, "中").catch(() => []);
  document.documentElement.classList.toggle("borrowed-letters", fonts.length > 0);
}

/** Two characters that look alike are two empty boxes. */
function canDrawChinese() {
  return drawn("中") !== drawn("国");
}

function drawn(text) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * SIZE;
  const pen = canvas.getContext("2d");
  pen.font = `${SIZE}px system-ui, sans-serif`;
  pen.fillText(text, SIZE / 2, 1.5 * SIZE);
  return canvas.toDataURL();
}
