// Elements made in one line, and what is said to those who listen.
export function el(tag, about = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") made.style.cssText = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter(each => each !== null && each !== undefined));
  return made;
}

// The last of many calls counts, `pause` milliseconds after it.
export function later(pause, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), pause);
  };
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Numbers of a place in words: (channel, row, column) as the map counts them, from 0 on.
export function where(app, layer, place) {
  const { says, whole } = app.speaker;
  if (place.length === 1) {
    const last = layer.index === app.start.layers.length - 1 && app.start.classes[app.speaker.language];
    return `${layer.name}, ${says("unit", { n: whole(place[0]) })}${last ? ` (${app.className(place[0])})` : ""}`;
  }
  const [channel, row, column] = place.map(whole);
  return [layer.name, says("channel", { n: channel }), says("row", { n: row }), says("column", { n: column })].join(", ");
}
