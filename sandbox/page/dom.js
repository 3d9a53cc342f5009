// Building elements. Text always goes in through textContent; `html` is for the server's own safe HTML only.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: el("button.send", {label: "Send", on: {click}}, child, "text").
 * `tag` may carry classes; `label` becomes aria-label; `data`, `on` and `style` are maps; null children are dropped.
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (key === "data") for (const [field, content] of Object.entries(value)) node.dataset[field] = content;
    else if (key === "style") for (const [field, content] of Object.entries(value)) node.style.setProperty(field, content);
    else if (key === "text") node.textContent = value;
    else if (key === "html") node.innerHTML = value;
    else if (key === "label") node.setAttribute("aria-label", value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (name === "button" && !props.type) node.type = "button";
  return node;
}

/** A round button that shows only an icon; `label` is its accessible name and its tooltip. */
export function iconButton(shape, label, click, props = {}) {
  return el("button.icon-button", { label, title: label, ...props, on: { click } }, icon(shape));
}

const SHAPES = {
  back: "M15 5l-7 7 7 7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4 12l16-8-5.5 16-3-6.5zM11.5 13.5L20 4",
  attach: "M19.5 11.5l-7.8 7.8a4.6 4.6 0 01-6.5-6.5l8-8a3.1 3.1 0 014.4 4.4l-8 8a1.5 1.5 0 01-2.2-2.2l7.2-7.1",
  mic: "M12 3.5a2.8 2.8 0 012.8 2.8v5.4a2.8 2.8 0 01-5.6 0V6.300a2.800 2.800 0 012.800-2.800zM6 11.500a6 6 0 0012 0M12 17.500V21",
  smile: "M12 3.500a8.500 8.500 0 110 17 8.500 8.500 0 010-17zM8.500 14.500c1.800 2.300 5.200 2.300 7 0M9 9.500v.3M15 9.500v.3",
  keyboard: "M3.500 7.500a2 2 0 012-2h13a2 2 0 012 2v9a2 2 0 01-2 2h-13a2 2 0 01-2-2zM7.500 9.500v.01M12 9.500v.01M16.500 9.500v.01M8 14.500h8",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  check: "M5 12.500l4.500 4.500L19 7.500",
  ticks: "M2.500 12.800l4 4L15 8M10.800 16l.8.8L20.500 8",
  pin: "M9 3.500h6l-.6 6 3.100 3.500h-11l3.100-3.500zM12 13v7.500",
  reply: "M10 6L4.500 11.500 10 17M5 11.500h7.500c4 0 6.500 2.200 7 6",
  copy: "M9 9h9.500v11H9zM15 6V4H5.500v11H6.500",
  edit: "M5 19l1-4L16.500 4.500l3 3L9 18z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7",
  block: "M12 3.500a8.500 8.500 0 110 17 8.500 8.500 0 010-17zM6 6l12 12",
  image: "M4 5.500h16v13H4zM4 15.500l4.500-4.500 4 4 3-3 4.500 4.500M15.500 9v.01",
  file: "M6.500 3.500h7.500l4 4V20.500h-11.500zM14 3.500V8h4",
  location: "M12 21c-4-4.500-6.500-7.500-6.500-11a6.500 6.500 0 0113 0c0 3.500-2.500 6.500-6.500 11zM12 12.200a2.200 2.200 0 100-4.400 2.200 2.200 0 000 4.400z",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.500 20.500c.8-4 3.700-6 7.500-6s6.700 2 7.500 6",
  people: "M9 11.500a3.500 3.500 0 100-7 3.500 3.500 0 000 7zM2.500 19.500c.6-3.500 3.200-5.300 6.500-5.300s5.900 1.800 6.500 5.300M16 5.200a3.300 3.300 0 010 6M18 14.600c2 .7 3.100 2.400 3.500 4.900",
  phone: "M8 2.800h8a2 2 0 012 2v14.400a2 2 0 01-2 2H8a2 2 0 01-2-2V4.800a2 2 0 012-2zM11 18.300h2",
  card: "M3.500 6h17v12h-17zM3.500 10h17M7 14.500h4",
  link: "M8 16L17 7M10 7h7v7",
  hash: "M9.500 4L7.500 20M16.500 4l-2 16M4.500 9h16M3.500 15h16",
  lock: "M6.500 10.500h11v9h-11zM9 10.500V8a3 3 0 016 0v2.500",
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5.500v13M16 5.500v13",
  clock: "M12 3.500a8.500 8.500 0 110 17 8.500 8.500 0 010-17zM12 7.500V12l3 2",
  network: "M4 9.500c4.800-4.300 11.200-4.300 16 0M7 13c3-2.700 7-2.700 10 0M12 17.500v.01",
  addPerson: "M10 12a3.800 3.800 0 100-7.600 3.800 3.800 0 000 7.600zM3 20c.7-3.800 3.400-5.600 7-5.600 1.600 0 3 .4 4.100 1.100M18 13.500v7M14.500 17h7",
  download: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 19.500h14",
  forward: "M9 5l7 7-7 7",
  menu: "M5 7h14M5 12h14M5 17h9",
  wifi: "M3.500 9.500c5-4.600 12-4.600 17 0M6.500 13c3.300-3 7.700-3 11 0M9.600 16.300c1.500-1.300 3.300-1.300 4.800 0M12 19v.01",
};

/** A line icon that takes the text color; hidden from screen readers. */
export function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon", `icon-${shape}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  return svg;
}
