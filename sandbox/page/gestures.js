// Touch on a message: swipe to reply, long press, right click or Enter for its menu.

const LONG_PRESS_MS = 480;
const SWIPE_PX = 56;
const SLACK_PX = 10;

/** `reply()` after a swipe to the left; `menu(point or element)` when the message's menu is asked for. */
export function watchGestures(row, { menu, reply }) {
  let start = null;
  let timer = 0;
  let moved = 0;

  const end = () => {
    clearTimeout(timer);
    start = null;
    row.style.removeProperty("--swipe");
    row.classList.remove("swiping");
  };

  row.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a") || getSelection()?.toString()) return;
    event.preventDefault();
    end();
    menu(event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : row);
  });
  row.addEventListener("dblclick", (event) => {
    if (event.target === row || event.target.matches(".stack, .avatar")) reply();
  });
  row.addEventListener("keydown", (event) => {
    if (event.target === row && event.key === "Enter") {
      event.preventDefault();
      menu(row);
    }
  });
  row.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || event.target.closest(".inline-keyboard")) return;
    start = { x: event.clientX, y: event.clientY };
    moved = 0;
    timer = setTimeout(() => {
      const where = start;
      end();
      if (where) menu(where);
    }, LONG_PRESS_MS);
  });
  row.addEventListener("pointermove", (event) => {
    if (!start) return;
    const across = event.clientX - start.x;
    const along = Math.abs(event.clientY - start.y);
    if (Math.abs(across) > SLACK_PX || along > SLACK_PX) clearTimeout(timer);
    if (along > SLACK_PX * 2 && moved === 0) return end();
    moved = Math.max(-SWIPE_PX * 1.3, Math.min(0, across));
    row.classList.toggle("swiping", moved < -SLACK_PX);
    row.style.setProperty("--swipe", `${moved}px`);
  });
  row.addEventListener("pointerup", () => {
    const far = start && moved <= -SWIPE_PX;
    end();
    if (far) reply();
  });
  row.addEventListener("pointercancel", end);
}
